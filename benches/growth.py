#!/usr/bin/env python3
"""Measures how the cost grows: with files, with flags in the registry, with sites in one file, and memory with all of it.

    benches/growth.py --bin target/release/flag-sweep

Everything is made here. Prints one line per ratio with its bound, and ends with 1 when one does not hold. Times are medians of
processor time, which other programs disturb less than the clock; runs that are compared take turns. Needs Python 3.11.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

import measure

FILES = 120
SITES = 80
FUNCTION = '''
def total_{part}(order, rates):
    """Sum of the order's lines, with tax."""
    total = 0.0
    for line in order.lines.filter(active=True).select_related("product"):
        rate = rates.get(line.product.kind, rates["default"])
        total += line.amount * (1 + rate) if line.taxed else line.amount
    if waffle.switch_is_active("{flag}"):
        log.info("total of %s is %.2f", order.pk, total)
        return round(total, 2)
    return float(sum(int(line.amount * 100) for line in order.lines.all())) / 100
'''
HEAD = "import logging\n\nimport waffle\n\nlog = logging.getLogger(__name__)\n"


def write(path: pathlib.Path, sites: int, flags: int) -> None:
    """A file with so many functions, each with a check, of so many flags in turn."""
    parts = [FUNCTION.format(part=part, flag=f"flag-{part % flags}") for part in range(sites)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + "\n".join(parts))


def registry(path: pathlib.Path, flags: int) -> None:
    path.write_text("[flags]\n" + "".join(f"flag-{number} = true\n" for number in range(flags)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", default=5, type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return measured(options.bin.resolve(), options.rounds, pathlib.Path(folder))


def measured(binary: pathlib.Path, rounds: int, root: pathlib.Path) -> int:
    for name, files in [("once", FILES), ("sixteen", 16 * FILES)]:
        for number in range(files):
            write(root / name / f"part{number}.py", 20, 97)
    registry(root / "one.toml", 1)
    registry(root / "thousand.toml", 1000)

    def check(tree: str, flags: str) -> measure.Cost:
        command = [str(binary), "check", "--isolated", "--no-cache", "--exit-zero", "--registry", str(root / flags), "--root", ".", "."]
        return measure.run([*command, "--output-format", "concise"], root / tree)

    # An empty project costs what the start costs; it is taken off where growth is asked for.
    (root / "empty").mkdir()
    costs = measure.in_turns(
        rounds,
        {
            "empty": lambda: check("empty", "one.toml"),
            "once": lambda: check("once", "one.toml"),
            "sixteen": lambda: check("sixteen", "one.toml"),
        },
    )
    start = costs["empty"].work
    grown = (costs["sixteen"].work - start) / (costs["once"].work - start)
    holds = [measure.row("check of 16 times the files", grown, 16.5)]
    memory = costs["sixteen"].memory / costs["once"].memory
    holds.append(measure.row("its memory at most", memory, None))
    holds.append(measure.row(f"memory of {16 * FILES} files that hold 20 checks each", costs["sixteen"].memory / 2**20, None, "MiB"))

    costs = measure.in_turns(
        rounds, {flags: lambda flags=flags: check("once", flags) for flags in ("one.toml", "thousand.toml")}
    )
    ratio = costs["thousand.toml"].work / costs["one.toml"].work
    holds.append(measure.row("check with 1,000 flags in the registry, over one", ratio, 1.1))

    def fix(sites: int, flags: int) -> measure.Cost:
        tree = root / "fix"
        shutil.rmtree(tree, ignore_errors=True)
        write(tree / "app.py", sites, flags)
        registry(tree / "flags.toml", flags)
        command = [str(binary), "check", "--isolated", "--fix", "--allow-dirty", "--trust-undated", "--exit-zero"]
        cost = measure.run([*command, "--registry", "flags.toml", "--root", ".", "."], tree)
        left = (tree / "app.py").read_text().count("switch_is_active")
        if left:
            raise SystemExit(f"{left} of {sites} sites were not fixed")
        return cost

    costs = measure.in_turns(
        rounds,
        {
            "few": lambda: fix(SITES, 1),
            "many": lambda: fix(10 * SITES, 1),
            "one": lambda: fix(1000, 1),
            "all": lambda: fix(1000, 1000),
        },
    )
    holds.append(measure.row("--fix of 800 sites in one file, over 80", costs["many"].work / costs["few"].work, 10.0))
    holds.append(measure.row("--fix of 1,000 flags at once, over one flag", costs["all"].work / costs["one"].work, 2.0))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
