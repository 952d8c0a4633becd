#!/usr/bin/env python3
"""Measures how often the flag of a real clean-up is found, with a configuration and with none.

A case is a commit in which somebody removed a flag. Its parent is exported, and flag-sweep lists the checks there: once
with the configuration of the repository and the flag named, as for a fix, and once with nothing at all. A case counts
when every flag of it has a live check, which is one outside of tests. Prints the share per language.

    benches/detection.py --cases CASES.json --repos REPOS --bin target/debug/flag-sweep --configs CONFIGS

Repositories are git directories under REPOS/OWNER+NAME/repo, configurations CONFIGS/OWNER+NAME.toml. Needs Python 3.11
and git.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

LANGUAGES = ["python", "rust", "typescript", "javascript", "jinja"]


def holds(repository: pathlib.Path, commit: str) -> bool:
    """Whether a git directory has a commit."""
    asked = ["git", f"--git-dir={repository}", "cat-file", "-e", commit]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def export(
    repository: pathlib.Path,
    commit: str,
    target: pathlib.Path,
    wanted: Callable[[str], object] = lambda path: True,
    largest: int = 1_000_000,
) -> None:
    """Writes the files of a commit, without links and what is too large to be code. File by file, because `git archive`
    fails in a partial clone, which has no large files."""
    git = ["git", f"--git-dir={repository}"]
    listed = subprocess.run([*git, "ls-tree", "-r", "-z", commit], capture_output=True, check=True).stdout.decode()
    files: dict[str, list[pathlib.Path]] = collections.defaultdict(list)
    for entry in filter(None, listed.split("\0")):
        about, path = entry.split("\t", 1)
        mode, _, blob = about.split()
        if mode.startswith("100") and wanted(path):
            files[blob].append(target / path)
    sizes = subprocess.run(
        [*git, "cat-file", "--batch-check=%(objectname) %(objectsize)"],
        input="".join(f"{blob}\n" for blob in files).encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    small = [blob for blob, size in map(str.split, sizes.splitlines()) if size.isdigit() and int(size) <= largest]
    batch = subprocess.Popen([*git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert batch.stdin and batch.stdout
    for blob in small:
        batch.stdin.write(f"{blob}\n".encode())
        batch.stdin.flush()
        content = batch.stdout.read(int(batch.stdout.readline().split()[2]) + 1)[:-1]
        for path in files[blob]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    batch.communicate()


def live(binary: pathlib.Path, tree: pathlib.Path, *options: str) -> collections.Counter[str]:
    """How many live checks each flag has."""
    command = [binary, "check", ".", "--output-format", "json", "--no-registry", "--exit-zero", *options]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr[-2000:]}")
    checks = json.loads(done.stdout)["checks"]
    return collections.Counter(one["flag"] for one in checks if one["flag"] is not None and not one["in_test"])


def value(flag: dict[str, Any]) -> str:
    """The value as the command line takes it."""
    return json.dumps(flag["value"]) if isinstance(flag["value"], bool) else str(flag["value"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=pathlib.Path, required=True)
    parser.add_argument("--repos", type=pathlib.Path, required=True)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--configs", type=pathlib.Path, required=True)
    parser.add_argument("--language", action="append", choices=LANGUAGES, help="only this one; may be repeated")
    parser.add_argument("--only", default="", help="only cases whose id contains this")
    options = parser.parse_args()
    binary = options.bin.resolve()

    counts = {language: collections.Counter() for language in options.language or LANGUAGES}
    absent = []
    for case in json.loads(options.cases.read_text()):
        name = case["repo"].replace("/", "+")
        count = counts.get(case["language"])
        if count is None or options.only not in case["id"]:
            continue
        repository = options.repos / name / "repo"
        if not holds(repository, case["parent"]):
            absent.append(f"{case['id']} ({case['repo']} {case['parent'][:12]})")
            continue
        flags = [flag["key"] for flag in case["flags"]]
        decided = [word for flag in case["flags"] for word in ("--flag", f"{flag['key']}={value(flag)}")]
        config = options.configs / f"{name}.toml"
        configured = ["--config", str(config.resolve())] if config.is_file() else ["--isolated"]
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder)
            export(repository, case["parent"], tree)
            found = {
                "configured": live(binary, tree, *configured, *decided),
                "plain": live(binary, tree, "--isolated"),
            }
        count["cases"] += 1
        for how, seen in found.items():
            missing = [flag for flag in flags if not seen[flag]]
            count[how] += not missing
            if missing:
                print(f"{case['language']}: {case['id']}: not found {how}: {', '.join(missing)}", flush=True)

    print(f"\n{'language':12}{'cases':>6}{'with configuration':>22}{'with none':>16}")
    for language, count in counts.items():
        if total := count["cases"]:
            shares = [f"{count[how]} ({count[how] / total:.1%})" for how in ("configured", "plain")]
            print(f"{language:12}{total:6}{shares[0]:>22}{shares[1]:>16}")
    for case in absent:
        print(f"not measured, the commit is not there: {case}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
