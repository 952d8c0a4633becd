#!/usr/bin/env python3
"""Measures what the cache saves: the first run on a tree, the second, and one without a cache, in turns.

    benches/cache.py --bin target/release/flag-sweep
    benches/cache.py --bin target/release/flag-sweep --tree DIR [-- OPTIONS OF CHECK]

Without --tree, on one in which every file holds checks. Prints the ratios with their bound, and ends with 1 when the second run
costs more than half of the first. Medians. Needs Python 3.11.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

import growth
import measure

BOUND = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--tree", type=pathlib.Path)
    parser.add_argument("options", nargs="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        tree = options.tree
        if tree is None:
            tree = root / "tree"
            for number in range(growth.FILES):
                path = tree / f"part{number}.py"
                growth.write(path, 20, 97)
                # What is kept is kept by text, so that equal files would be scanned once.
                path.write_text(f"{path.read_text()}\n\nNUMBER = {number}\n")
        check = [str(options.bin.resolve()), "check", "--exit-zero", *options.options]
        if options.tree is None:
            check += ["--isolated", "--root", "."]
        return measured(check, options.rounds, root, tree)


def measured(check: list[str], rounds: int, root: pathlib.Path, tree: pathlib.Path) -> int:
    kept = root / "kept"

    def cached() -> measure.Cost:
        return measure.run([*check, "--cache-dir", str(kept), "."], tree)

    def first() -> measure.Cost:
        shutil.rmtree(kept, ignore_errors=True)
        return cached()

    def said(more: list[str]) -> bytes:
        done = subprocess.run([*check, *more, "--output-format", "json", "."], cwd=tree, capture_output=True)
        return done.stdout

    costs = measure.in_turns(
        rounds, {"without": lambda: measure.run([*check, "--no-cache", "."], tree), "first": first, "second": cached}
    )
    if not any(kept.glob("*.facts")):
        raise SystemExit("nothing was kept")
    if said(["--cache-dir", str(kept)]) != said(["--no-cache"]):
        raise SystemExit("the report differs from the one without a cache")
    size = sum(path.stat().st_size for path in kept.glob("*.facts"))
    for name, cost in costs.items():
        print(f"{name:8} {cost.work * 1e3:8.0f} ms of processors, {cost.wall * 1e3:8.0f} ms, {cost.memory >> 20} MiB")
    print(f"kept     {size >> 10:8} KiB")
    work = costs["second"].work / costs["first"].work
    wall = costs["second"].wall / costs["first"].wall
    holds = [measure.row("a second run over the first, processors", work, BOUND)]
    holds.append(measure.row("by the clock", wall, BOUND))
    measure.row("a first run over one without a cache, processors", costs["first"].work / costs["without"].work, None)
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
