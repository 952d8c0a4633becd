"""Which test reaches which mutant, and which mutant no test notices."""

import collections
import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from . import TREE, WORK, read_lines, say

# Executables whose tests run in one process when they that promise most do not notice a mutant, and what is left out of that:
# parts of names of tests that take most of the time.
TOGETHER = {"lib": [], "fix": ["/properties"], "registry": []}
# Tests of more seconds than this say little about one mutant that others do not.
SLOW = 20.0


class Tests:
    """Runs single tests, each in a process of its own."""

    def __init__(self, executables):
        self.executables = executables

    def names(self):
        found = []
        for binary, executable in self.executables.items():
            command = [executable, "--list", "--format", "terse"]
            lines = subprocess.run(command, capture_output=True, text=True, cwd=TREE, check=True).stdout.splitlines()
            found += [f"{binary}::{line.removesuffix(': test')}" for line in lines if line.endswith(": test")]
        return found

    def run(self, test, limit, **more):
        """Whether the test passed, None when it took too long; and the seconds."""
        binary, name = test.split("::", 1)
        begun = time.monotonic()
        with self.begin(binary, ["--exact", name], subprocess.DEVNULL, **more) as process:
            try:
                passed = process.wait(limit) == 0
            except subprocess.TimeoutExpired:
                passed = None
        return passed, time.monotonic() - begun

    def run_together(self, binary, limit, **more):
        """As `run`, for the tests of an executable one after the other in one process, until one fails: which one."""
        begun, overdue = time.monotonic(), threading.Event()
        skipped = [part for name in TOGETHER[binary] for part in ("--skip", name)]
        with self.begin(binary, skipped, subprocess.PIPE, **more) as process:

            def end():
                overdue.set()
                end_all(process)

            clock = threading.Timer(limit, end)
            clock.start()
            for line in process.stdout:
                if found := re.match(r"test (.+?) +\.\.\. FAILED", line):
                    failed = found[1]
                    break
            else:
                # Without a word of it: an abort, which leaves no name.
                failed = None if process.wait() == 0 else "*"
            clock.cancel()
        passed = None if overdue.is_set() else failed is None
        return passed, time.monotonic() - begun, f"{binary}::{failed}"

    @contextlib.contextmanager
    def begin(self, binary, arguments, output, **more):
        """A process of an executable of tests, which is gone afterwards with all that it began."""
        # Not below target/, which is part of a repository and ignored there.
        scratch = Path(tempfile.mkdtemp(prefix="mutants-"))
        # Endless loops that allocate end at a bound.
        command = ["sh", "-c", 'ulimit -v 6000000; ulimit -c 0; exec "$@"', "sh", self.executables[binary], *arguments]
        env = {"TMPDIR": str(scratch), "CARGO_MANIFEST_DIR": str(TREE), "INSTA_WORKSPACE_ROOT": str(TREE), "INSTA_UPDATE": "no"}
        process = subprocess.Popen(
            [*command, "--test-threads", "1"],
            cwd=TREE,
            env=os.environ | env | more,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        try:
            yield process
        finally:
            end_all(process)
            process.wait()
            shutil.rmtree(scratch, ignore_errors=True)


def end_all(process):
    """Ends a process and all that it began."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def reach(tests, jobs, mutants):
    """What each test reaches, by its name; what is known already is kept."""
    path = WORK / "reach.jsonl"
    known = {entry["test"]: entry for entry in read_lines(path)}
    names = tests.names()
    missing = [name for name in names if name not in known]
    lock = threading.Lock()

    def one(name):
        with tempfile.NamedTemporaryFile() as record:
            passed, seconds = tests.run(name, 120, MUTANTS_RECORD=record.name)
            numbers = sorted(set(map(int, record.read().split())))
        entry = {"test": name, "passed": passed, "seconds": round(seconds, 3)}
        entry["reached"] = [mutants[number].key for number in numbers]
        with lock:
            known[name] = entry
            with path.open("a") as file:
                file.write(json.dumps(entry) + "\n")

    if missing:
        say(f"{len(missing)} of {len(names)} tests tell what they reach")
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, missing))
    present = set(names)
    return {name: entry for name, entry in known.items() if name in present}


class Hunt:
    """Looks for a test that fails for each mutant."""

    def __init__(self, tests, reached, mutants, options):
        self.tests, self.options = tests, options
        self.useful = {name: entry for name, entry in reached.items() if entry["passed"] and entry["seconds"] < SLOW}
        self.by_mutant = collections.defaultdict(list)
        # How many mutants of a function a test reaches: who sees more of it notices more.
        self.depth = collections.defaultdict(collections.Counter)
        function_of = {mutant.key: mutant.place for mutant in mutants}
        for name, entry in self.useful.items():
            for key in entry["reached"]:
                self.by_mutant[key].append(name)
                if key in function_of:
                    self.depth[function_of[key]][name] += 1
        # Tests in the order in which they became known.
        self.age = {name: age for age, name in enumerate(reached)}
        self.kills = collections.Counter()
        self.lock = threading.Lock()
        # How many seconds the tests of an executable take in one process.
        self.together = {}
        self.path = WORK / "results.jsonl"
        self.results = {entry["mutant"]: entry for entry in read_lines(self.path)}
        for entry in self.results.values():
            if entry.get("by"):
                self.kills[entry["function"], entry["by"]] += 1

    def order(self, mutant):
        def promise(name):
            return self.kills[mutant.place, name], self.depth[mutant.place][name] / max(self.useful[name]["seconds"], 0.01) ** 0.5

        return sorted(self.by_mutant[mutant.key], key=promise, reverse=True)

    def is_open(self, mutant):
        """Whether a test that may run has not run for it, and none failed."""
        entry = self.results.get(mutant.key)
        if entry is None:
            return True
        together = (self.rest(mutant, binary, set(entry["tried"])) for binary in TOGETHER)
        return not entry["by"] and (bool(self.untried(mutant)) or any(together))

    def rest(self, mutant, binary, tried):
        """Tests of an executable that may run in one process, and have not run for a mutant."""
        mine = (name for name in self.by_mutant[mutant.key] if name.startswith(f"{binary}::") and name not in tried)
        return [name for name in mine if not any(part in name for part in TOGETHER[binary])]

    def untried(self, mutant):
        before = self.results.get(mutant.key, {"tried": [], "known": len(self.age)})
        tried = set(before["tried"])
        rest = [name for name in self.order(mutant) if name not in tried]
        new = [name for name in rest if self.age[name] >= before["known"]][: self.options.tests]
        return new + [name for name in rest if name not in new][: max(0, self.options.tests - len(tried))]

    def passes(self, name, mutant):
        """As `Tests.run`, with ten times the usual time; more when the machine turns out to be busy."""
        limit = max(3.0, 10 * self.useful[name]["seconds"])
        while True:
            passed, _ = self.tests.run(name, limit, MUTANT=str(mutant.number))
            if passed is not None or self.tests.run(name, limit)[1] < limit / 4:
                return passed
            limit *= 2

    def try_together(self):
        """How long the tests of an executable take in one process, of those that pass so."""
        for binary in TOGETHER:
            passed, seconds, failed = self.tests.run_together(binary, 600)
            if passed:
                self.together[binary] = seconds
            else:
                say(f"not run together, fails without any mutant: {failed}")

    def ask_together(self, mutant, tried):
        """As `ask`, of all the tests that may run in one process."""
        for binary, seconds in self.together.items():
            rest = self.rest(mutant, binary, tried)
            if sum(self.useful[name]["seconds"] for name in rest) < seconds:
                outcome = self.ask(mutant, rest, tried)
            else:
                passed, _, by = self.tests.run_together(binary, 60 + 5 * seconds, MUTANT=str(mutant.number))
                outcome = None if passed else ("timeout" if passed is None else "caught", by)
                tried.update(rest)
            if outcome:
                return outcome
        return None

    def ask(self, mutant, names, tried):
        """How a mutant ended, and by which of some tests, when one noticed it."""
        begun = time.monotonic()
        for name in names:
            if time.monotonic() - begun > self.options.seconds:
                break
            passed = self.passes(name, mutant)
            tried.add(name)
            if not passed:
                return "timeout" if passed is None else "caught", name
        return None

    def one(self, mutant):
        tried = set(self.results.get(mutant.key, {}).get("tried", []))
        noticed = self.ask(mutant, self.untried(mutant), tried) or self.ask_together(mutant, tried)
        outcome, by = noticed or ("survived", None)
        if outcome == "survived" and not self.by_mutant[mutant.key]:
            outcome = "unreached"
        entry = {"mutant": mutant.key, "function": mutant.place, "outcome": outcome, "by": by}
        entry["tried"] = sorted(tried) if outcome == "survived" else []
        entry["known"] = len(self.age)
        entry["left"] = len(set(self.by_mutant[mutant.key]) - tried) if outcome == "survived" else 0
        with self.lock:
            if by:
                self.kills[mutant.place, by] += 1
            self.results[mutant.key] = entry
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")

    def run(self, mutants):
        say(f"{len(mutants)} mutants to ask about")
        if mutants:
            self.try_together()
        deadline = time.monotonic() + self.options.minutes * 60
        done = 0
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:

            def guarded(mutant):
                nonlocal done
                if time.monotonic() > deadline:
                    return
                self.one(mutant)
                done += 1
                if done % 100 == 0:
                    say(f"{done} of {len(mutants)}")

            list(pool.map(guarded, mutants))
