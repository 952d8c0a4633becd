#!/usr/bin/env python3
"""Mutation testing of src/fix and src/registry: do the tests notice when the code is wrong?

    cargo install --locked cargo-mutants
    python3 tests/mutants.py                    every mutant (hours on two cores)
    python3 tests/mutants.py --sample 1500      so many, drawn at random with --seed
    python3 tests/mutants.py --area fix         only those of src/fix, or of src/registry
    python3 tests/mutants.py --unlike FILE      only such as have no result in FILE, results.jsonl of a former run
    python3 tests/mutants.py --again            tests were added: asks only about what was not caught
    python3 tests/mutants.py --report           figures and survivors of what has run

The mutants are those that `cargo mutants --list` names. To build once instead of once for each, all of them go into one copy
of the sources (target/mutants/tree), each behind a switch that an environment variable turns on; `a == b` becomes
`(a == b) != on(17)`. Mutants at which rustc then complains are taken out until it builds: they are *not viable* (no such
operator for the type), or *not expressible* as a switch (another type behind `impl Trait`, a constant). Both are counted and
belong to no share. An operator is exchanged in the tree, not in the text: of `a && b && c` the first mutant is
`(a || b) && c`.

Every test then runs once in a process of its own and notes which mutants it reaches; a test that fails is left out, and
named. For each mutant the tests that reach it run one by one, first those that caught others in its function and quick ones that
reach much of it, until one fails (*caught*) or takes ten times as long as usual, and three seconds (*timeout*, counted as
caught). So run at most `--tests`, within `--seconds`; then all others that are quick, in one process. What still lives is a
survivor, as is what no test reaches. More of either go on with the survivors. Those whose change nobody can see are answered in
tests/mutants.tsv, and stay survivors in the figures.

Needs Python 3.11, and tree-sitter and tree-sitter-rust from PyPI, which go into an environment below target/mutants. What was
found is kept there and continued; changed sources begin anew, unless `--again` says that only tests were added. Ends with 1
when a share is below the bound.
"""

import argparse
import collections
import hashlib
import json
import os
import re
import sys
from pathlib import Path

from mutation import AREAS, ROOT, WORK, read_lines, say
from mutation.hunt import SLOW, Hunt, Tests, reach
from mutation.program import build
from mutation.switches import Mutant, list_mutants

BOUND = 85.0


def answers():
    """What is known about survivors: file, function and mutant, with `*` for anything, and why nobody can see it."""
    rows = []
    for number, line in enumerate((ROOT / "tests/mutants.tsv").read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) != 4 or not all(parts):
            sys.exit(f"tests/mutants.tsv:{number}: file, function, mutant, answer, with tabs between them")
        rows.append(parts)
    return rows


def answer(mutant, rows):
    def fits(row):
        pairs = zip((mutant.file, mutant.function, mutant.name), row)
        return all(re.fullmatch(re.escape(part).replace(r"\*", ".*"), text, re.DOTALL) for text, part in pairs)

    return next((row for row in rows if fits(row)), None)


def report(mutants, dropped, results, drawn):
    """Prints the figures and what survived; whether every share reaches the bound."""
    rows, used, good = answers(), set(), True
    for area in AREAS:
        mine = [mutant for mutant in mutants if mutant.area == area]
        if not mine:
            continue
        why = collections.Counter(dropped[mutant.number] for mutant in mine if mutant.number in dropped)
        asked = [mutant for mutant in mine if mutant.key in drawn and mutant.key in results]
        outcomes = collections.Counter(results[mutant.key]["outcome"] for mutant in asked)
        caught = outcomes["caught"] + outcomes["timeout"]
        share = 100 * caught / len(asked) if asked else 0
        good = good and share >= BOUND
        viable = len(mine) - sum(why.values())
        out = ", ".join(f"{why[name]} {name}" for name in ("not viable", "not expressible"))
        alive = ", ".join(f"{name} {outcomes[name]}" for name in ("survived", "unreached"))
        print(f"{area}: {len(mine)} mutants, {out}, {viable} viable")
        print(f"  asked {len(asked)}: caught {caught} ({share:.1f} %; {outcomes['timeout']} by time), {alive}")
        survivors = [mutant for mutant in asked if results[mutant.key]["outcome"] in ("survived", "unreached")]
        by_function = collections.defaultdict(list)
        for mutant in survivors:
            row = answer(mutant, rows)
            used.add(tuple(row or ()))
            if row is None:
                by_function[mutant.file, mutant.function].append(mutant)
        print(f"  survivors answered in tests/mutants.tsv: {len(survivors) - sum(map(len, by_function.values()))}")
        for (file, function), left in sorted(by_function.items()):
            print(f"  {file} {function}")
            for mutant in left:
                entry = results[mutant.key]
                more = f", {entry['left']} tests not run" if entry["left"] else ""
                print(f"    {mutant.line}: {mutant.name.removesuffix(' in ' + function)} ({entry['outcome']}{more})")
    for row in rows:
        if tuple(row) not in used and any(row[0].startswith(mutant.area) for mutant in mutants[:1] + mutants[-1:]):
            print(f"tests/mutants.tsv: no survivor for {' '.join(row[:3])}")
    return good


def stamp():
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src").rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def state(options):
    """The mutants, those that are out, and the executables; from before when nothing changed."""
    path, now = WORK / "state.json", stamp()
    kept = json.loads(path.read_text()) if path.exists() else None
    if kept and not options.again and not options.report and kept["stamp"] != now:
        say("the sources changed: everything begins anew")
        for name in ("state.json", "reach.jsonl", "results.jsonl"):
            (WORK / name).unlink(missing_ok=True)
        kept = None
    if kept and not options.report and kept["areas"] != options.areas:
        sys.exit(f"{WORK} has mutants of {' and '.join(kept['areas'])}: ask for those, or delete it")
    if kept and (options.report or kept["stamp"] == now and not options.again):
        mutants = [Mutant(number, entry, key) for number, (key, entry) in enumerate(kept["mutants"])]
        return mutants, {int(number): why for number, why in kept["dropped"].items()}, kept["executables"]
    if options.report:
        sys.exit("nothing has run")
    mutants = list_mutants(options.areas)
    say(f"{len(mutants)} mutants")
    out = dict(kept["out"]) if kept else {}
    dropped = {mutant.number: out[mutant.key] for mutant in mutants if mutant.key in out}
    executables = build(mutants, dropped)
    out = {mutant.key: dropped[mutant.number] for mutant in mutants if mutant.number in dropped}
    entries = [(mutant.key, mutant.entry) for mutant in mutants]
    kept = {"stamp": now, "areas": options.areas, "mutants": entries, "dropped": dropped, "out": out, "executables": executables}
    path.write_text(json.dumps(kept))
    return mutants, dropped, executables


def main():
    options = argparse.ArgumentParser(description="Mutation testing of src/fix and src/registry.")
    options.add_argument("--sample", type=int, help="ask about so many mutants, drawn at random")
    options.add_argument("--seed", type=int, default=1, help="of what is drawn")
    names = [area.removeprefix("src/") for area in AREAS]
    options.add_argument("--area", choices=names, help="only mutants of src/fix, or of src/registry")
    options.add_argument("--unlike", type=Path, help="draw none that has a result in this file, a former results.jsonl")
    options.add_argument("--only", default="", help="mutants whose file and name hold this expression")
    options.add_argument("--tests", type=int, default=40, help="most tests that run alone for one mutant")
    options.add_argument("--seconds", type=float, default=60, help="most seconds of such tests")
    options.add_argument("--minutes", type=float, default=1e9, help="then no further mutant is begun")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--again", action="store_true", help="only tests changed: ask again about what was not caught")
    options.add_argument("--report", action="store_true", help="figures of what has run")
    options = options.parse_args()
    options.areas = [f"src/{options.area}"] if options.area else list(AREAS)
    WORK.mkdir(parents=True, exist_ok=True)
    mutants, dropped, executables = state(options)
    seen = {entry["mutant"] for entry in read_lines(options.unlike)} if options.unlike else set()
    viable = [mutant for mutant in mutants if mutant.number not in dropped and mutant.key not in seen]
    viable = [mutant for mutant in viable if re.search(options.only, mutant.key)]
    drawn = sorted(viable, key=lambda mutant: hashlib.sha256(f"{options.seed} {mutant.key}".encode()).digest())
    drawn = drawn[: options.sample]
    if options.report:
        results = {entry["mutant"]: entry for entry in read_lines(WORK / "results.jsonl")}
        sys.exit(not report(mutants, dropped, results, {mutant.key for mutant in drawn}))
    tests = Tests(executables)
    reached = reach(tests, options.jobs, mutants)
    for name, entry in reached.items():
        if not entry["passed"]:
            say(f"left out, fails without any mutant: {name}")
        elif entry["seconds"] >= SLOW:
            say(f"left out, takes {entry['seconds']:.0f} s: {name}")
    hunt = Hunt(tests, reached, mutants, options)
    hunt.run([mutant for mutant in drawn if hunt.is_open(mutant)])
    sys.exit(not report(mutants, dropped, hunt.results, {mutant.key for mutant in drawn}))


if __name__ == "__main__":
    main()
