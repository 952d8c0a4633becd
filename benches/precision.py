#!/usr/bin/env python3
"""Measures how many of the reported checks are flag checks, on public repositories, with no configuration file.

Every repository of `precision/repositories.tsv` is exported at its commit and read with `flag-sweep check --isolated`,
and with the patterns for its own API where the table has some (`language: pattern`, divided by ` ;; `).
`precision/LANGUAGE.tsv` holds what people said of checks drawn at random from that: one line per check, with the verdict
`yes` (it evaluates a flag), `no`, or `?` (nobody has looked yet). Prints the labelled checks that are not reported any more, and
the precision per language and confidence over those that still are.

    benches/precision.py --repos REPOS --bin target/release/flag-sweep
    benches/precision.py --repos REPOS --bin target/release/flag-sweep --draw 300 --seed 1 --language rust

`--draw` adds lines with `?` to the file until the language has that many, and prints them with the lines of code around
them. Repositories are git directories under REPOS/OWNER+NAME/repo. Needs Python 3.11 and git.
"""

import argparse
import collections
import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from detection import export, holds

TABLES = pathlib.Path(__file__).parent / "precision"
LANGUAGES = {
    "python": {"py", "pyi", "pyw"},
    "rust": {"rs"},
    "typescript": {"ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"},
}
COLUMNS = ["language", "repository", "commit", "path", "line", "column", "flag", "provider", "confidence", "verdict", "note"]
AROUND = 4

Row = dict[str, str]
Place = tuple[str, str, str, int, int]


def wanted(path: str) -> bool:
    """Whether checks stand in a file, or it tells where the modules of a project are."""
    name = path.rsplit("/", 1)[-1]
    return language_of(path) is not None or name.startswith("tsconfig") or name in {"package.json", "jsconfig.json", "Cargo.toml"}


def read_table(path: pathlib.Path) -> list[Row]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def write_table(path: pathlib.Path, rows: list[Row]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=place))


def place(row: Row) -> Place:
    return (row["language"], row["repository"], row["path"], int(row["line"]), int(row["column"]))


def language_of(path: str) -> str | None:
    ending = path.rsplit(".", 1)[-1]
    return next((language for language, endings in LANGUAGES.items() if ending in endings), None)


def reported(binary: pathlib.Path, repository: Row, tree: pathlib.Path) -> list[Row]:
    """The checks of a tree."""
    command = [binary, "check", ".", "--output-format", "json", "--isolated", "--no-registry", "--exit-zero"]
    for pattern in filter(None, repository["checks"].split(" ;; ")):
        command += ["--check", pattern]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=1200)
    if done.returncode != 0:
        raise RuntimeError(f"{repository['repository']}: ended with {done.returncode}: {done.stderr[-2000:]}")
    rows = []
    for check in json.loads(done.stdout)["checks"]:
        at = check["start"]
        language = language_of(check["path"])
        if language is None:
            continue
        rows.append(
            {
                "language": language,
                "repository": repository["repository"],
                "commit": repository["commit"],
                "path": check["path"],
                "line": str(at["line"]),
                "column": str(at["column"]),
                "flag": check["flag"] or "",
                "provider": check["provider"],
                "confidence": check["confidence"],
            }
        )
    return rows


def at_most(most: int, places: list[Place], chance: random.Random) -> list[Place]:
    """At most so many places of each repository, so that one with thousands of checks doesn't drown the others."""
    of: dict[str, list[Place]] = collections.defaultdict(list)
    for at in places:
        of[at[1]].append(at)
    return [at for those in of.values() for at in (chance.sample(those, most) if len(those) > most else those)]


def show(row: Row, tree: pathlib.Path) -> None:
    """Prints a check with the code around it."""
    print(f"\n=== {row['repository']} {row['path']}:{row['line']}:{row['column']} {row['flag']!r} {row['provider']}")
    lines = (tree / row["path"]).read_text(errors="replace").splitlines()
    line = int(row["line"])
    for number in range(max(1, line - AROUND), min(len(lines), line + AROUND) + 1):
        print(f"{'>' if number == line else ' '} {lines[number - 1][:160]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repos", type=pathlib.Path, required=True)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--tables", type=pathlib.Path, default=TABLES)
    parser.add_argument("--language", choices=LANGUAGES, help="only this one")
    parser.add_argument("--draw", type=int, default=0, metavar="N", help="draw until the language has N labels or `?`")
    parser.add_argument("--most", type=int, default=40, metavar="N", help="draw from at most N checks of a repository")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    binary = options.bin.resolve()
    if options.draw and not options.language:
        parser.error("--draw needs --language")
    languages = [options.language] if options.language else list(LANGUAGES)
    files = [options.tables / f"{language}.tsv" for language in languages]
    labels = [row for file in files if file.is_file() for row in read_table(file)]
    known = {place(row) for row in labels}

    found: dict[Place, Row] = {}
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    absent: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for repository in read_table(options.tables / "repositories.tsv"):
            if options.language and options.language not in repository["languages"].split(","):
                continue
            name = repository["repository"].replace("/", "+")
            source, tree = options.repos / name / "repo", pathlib.Path(folder) / name
            if not holds(source, repository["commit"]):
                absent.add(repository["repository"])
                continue
            export(source, repository["commit"], tree, wanted, 10_000_000)
            for row in reported(binary, repository, tree):
                found[place(row)] = row
                counts[row["language"], repository["repository"]] += 1
        if options.draw:
            fresh = sorted(at for at, row in found.items() if row["language"] == options.language and at not in known)
            chance = random.Random(options.seed)
            fresh = at_most(options.most, fresh, chance)
            drawn = chance.sample(fresh, min(len(fresh), max(0, options.draw - len(labels))))
            for at in sorted(drawn):
                row = found[at] | {"verdict": "?", "note": ""}
                show(row, pathlib.Path(folder) / row["repository"].replace("/", "+"))
                labels.append(row)
            write_table(files[0], labels)

    for (language, name), count in sorted(counts.items()):
        print(f"{language:12}{name:40}{count:6} checks reported")
    for repository in sorted(absent):
        print(f"not measured, the commit is not there: {repository}")
    labels = [row for row in labels if row["repository"] not in absent]
    for row in labels:
        if row["verdict"] != "?" and place(row) not in found:
            at = f"{row['path']}:{row['line']}:{row['column']}"
            print(f"not reported any more: {row['verdict']:4}{row['repository']} {at} {row['flag']!r} {row['provider']}")
    print(f"\n{'language':12}{'confidence':12}{'labelled':>9}{'yes':>6}{'no':>5}{'precision':>11}{'gone: yes':>11}{'no':>4}")
    for language in languages:
        for confidence in ("high", "medium", "low", "all"):
            tally: collections.Counter[tuple[bool, str]] = collections.Counter()
            for row in labels:
                now = found.get(place(row))
                level = (now or row)["confidence"]
                if row["language"] == language and confidence in (level, "all") and row["verdict"] != "?":
                    tally[now is not None, row["verdict"]] += 1
            yes, no = tally[True, "yes"], tally[True, "no"]
            if yes + no + tally[False, "yes"] + tally[False, "no"]:
                share = f"{yes / (yes + no):.1%}" if yes + no else "-"
                gone = f"{tally[False, 'yes']:>11}{tally[False, 'no']:>4}"
                print(f"{language:12}{confidence:12}{yes + no:>9}{yes:>6}{no:>5}{share:>11}{gone}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
