"""Which test reaches which mutant, and which mutant no test notices."""

import collections
import concurrent.futures
import heapq
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from . import TREE, WORK, read_lines, say

# So many tests for a mutant are those that promise most; the others are as different from each other as can be.
PROMISING = 20
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
        # Not below target/, which is part of a repository and ignored there.
        scratch = Path(tempfile.mkdtemp(prefix="mutants-"))
        # Endless loops that allocate end at a bound.
        command = ["sh", "-c", 'ulimit -v 6000000; ulimit -c 0; exec "$@"', "sh", self.executables[binary], "--exact", name]
        env = {"TMPDIR": str(scratch), "CARGO_MANIFEST_DIR": str(TREE), "INSTA_WORKSPACE_ROOT": str(TREE), "INSTA_UPDATE": "no"}
        begun = time.monotonic()
        process = subprocess.Popen(
            [*command, "--test-threads", "1"],
            cwd=TREE,
            env=os.environ | env | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            passed = process.wait(limit) == 0
        except subprocess.TimeoutExpired:
            passed = None
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        shutil.rmtree(scratch, ignore_errors=True)
        return passed, time.monotonic() - begun


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


def vary(useful):
    """Tests in an order in which each reaches as much as can be that none before reached, for its time."""
    reached = {name: set(entry["reached"]) for name, entry in useful.items()}
    order, left = [], sorted(useful)
    while left:
        covered, again = set(), []
        heap = [(-len(reached[name]) / max(useful[name]["seconds"], 0.01), name) for name in left]
        heapq.heapify(heap)
        while heap:
            # What a test adds only shrinks: the best is the one that is still the best when looked at again.
            before, name = heapq.heappop(heap)
            added = -len(reached[name] - covered) / max(useful[name]["seconds"], 0.01)
            if added == 0:
                again.append(name)
            elif added > before:
                heapq.heappush(heap, (added, name))
            else:
                order.append(name)
                covered |= reached[name]
        if len(again) == len(left):
            return order + again
        left = again
    return order


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
        self.varied = {name: rank for rank, name in enumerate(vary(self.useful))}
        # Tests in the order in which they became known.
        self.age = {name: age for age, name in enumerate(reached)}
        self.kills = collections.Counter()
        self.lock = threading.Lock()
        self.path = WORK / "results.jsonl"
        self.results = {entry["mutant"]: entry for entry in read_lines(self.path)}
        for entry in self.results.values():
            if entry.get("by"):
                self.kills[entry["function"], entry["by"]] += 1

    def order(self, mutant):
        names = self.by_mutant[mutant.key]

        def promise(name):
            return self.kills[mutant.place, name], self.depth[mutant.place][name] / max(self.useful[name]["seconds"], 0.01) ** 0.5

        names = sorted(names, key=promise, reverse=True)
        return names[:PROMISING] + sorted(names[PROMISING:], key=self.varied.get)

    def is_open(self, mutant):
        """Whether a test that may run has not run for it, and none failed."""
        entry = self.results.get(mutant.key)
        return entry is None or not entry["by"] and bool(self.untried(mutant))

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

    def one(self, mutant):
        tried = set(self.results.get(mutant.key, {}).get("tried", []))
        begun, outcome, by = time.monotonic(), "survived", None
        for name in self.untried(mutant):
            if time.monotonic() - begun > self.options.seconds:
                break
            passed = self.passes(name, mutant)
            tried.add(name)
            if not passed:
                outcome, by = ("timeout" if passed is None else "caught"), name
                break
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
