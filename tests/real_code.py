#!/usr/bin/env python3
"""Runs flag-sweep on code that nobody here wrote, and compares what it finds with a text search.

For each package of real_code.toml: download it into .real-code/ with the package client, list the checks with a few
lines of configuration, compare them with a text search of the same shape (every difference has to be explained in
real_code.toml), then decide three flags each way, fix a copy, and see that the result compiles or parses, that a
second fix changes nothing, and that the diff is what `git apply` takes. TypeScript is parsed by its own compiler, which
is downloaded beside the packages. With --every-flag, every flag is decided instead, one at a time, and linters look at the
result (see every_flag.py). Needs Python 3.11, git, cargo and rustfmt, node and npm.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterable
from typing import Any

import every_flag

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRATCH = ROOT / ".real-code"
SHOWN = re.compile(r"^  (?P<path>.+?):(?P<line>\d+):\d+: (?:`(?P<key>[^`]*)`|dynamic `(?P<dynamic>[^`]*)`) ")
# Nothing above the scratch directory may count as a repository: `git apply` there would skip every file in silence.
ENVIRONMENT = os.environ | {"GIT_CEILING_DIRECTORIES": str(SCRATCH), "NO_COLOR": "1"}
DYNAMIC = "(dynamic)"
TYPESCRIPT = "5.9.3"
# Prints what the parser of the compiler has to say about each file, and fails when that is anything.
PARSE = """
const [compiler, ...paths] = process.argv.slice(1);
const ts = require(compiler);
for (const path of paths) {
    const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const text = require("fs").readFileSync(path, "utf8");
    const { parseDiagnostics } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
    for (const found of parseDiagnostics) {
        console.error(path, found.start, ts.flattenDiagnosticMessageText(found.messageText, " "));
        process.exitCode = 1;
    }
}
"""


class Failure(Exception):
    """Something does not hold."""


def run(*command: str | pathlib.Path, cwd: pathlib.Path = ROOT, stdin: str | None = None, ok: Iterable[int] = (0,)) -> str:
    """Runs a program and returns what it printed; any other exit code is a failure."""
    done = subprocess.run(command, cwd=cwd, input=stdin, text=True, capture_output=True, env=ENVIRONMENT)
    if done.returncode not in ok:
        words = " ".join(map(str, command))
        raise Failure(f"{words}\n  in {cwd.relative_to(ROOT)} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def download(package: dict[str, Any]) -> pathlib.Path:
    """The package's code, downloaded once."""
    target = SCRATCH / f"{package['name']}-{package['version']}"
    if target.is_dir():
        return target
    partial = SCRATCH / f"{target.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    if package["client"] == "pip":
        wanted = f"{package['name']}=={package['version']}"
        run(sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--dest", partial, wanted)
        archive = next(partial.glob("*.tar.gz"))
        with tarfile.open(archive) as tar:
            members = [member for member in tar.getmembers() if member.isfile() and member.name.endswith(package["suffix"])]
            tar.extractall(partial, members, filter="data")
        (found,) = [path for path in partial.iterdir() if path.is_dir()]
        found.rename(target)
    elif package["client"] == "npm":
        pack(f"{package['name']}@{package['version']}", package["folder"], suffixes(package), partial)
        (partial / package["folder"]).rename(target)
    else:
        (partial / "src").mkdir()
        (partial / "src" / "lib.rs").touch()
        manifest = '[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\n'
        (partial / "Cargo.toml").write_text(f'{manifest}{package["name"]} = "={package["version"]}"\n')
        described = json.loads(run("cargo", "metadata", "--format-version", "1", cwd=partial))
        found = next(one for one in described["packages"] if one["name"] == package["name"])
        shutil.copytree(pathlib.Path(found["manifest_path"]).parent, target)
    shutil.rmtree(partial)
    return target


def pack(wanted: str, folder: str, endings: tuple[str, ...], target: pathlib.Path) -> None:
    """Unpacks the files of an npm package that lie in a folder and have one of the endings."""
    name = run("npm", "pack", "--silent", "--pack-destination", target, wanted, cwd=target).split()[-1]
    with tarfile.open(target / name) as tar:
        members = [
            member for member in tar.getmembers()
            if member.isfile() and member.name.startswith(f"{folder}/") and member.name.endswith(endings)
        ]
        tar.extractall(target, members, filter="data")


def typescript() -> pathlib.Path:
    """The compiler as one file, downloaded once."""
    target = SCRATCH / f"typescript-{TYPESCRIPT}"
    if not target.is_dir():
        partial = SCRATCH / f"{target.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        pack(f"typescript@{TYPESCRIPT}", "package/lib", ("/typescript.js",), partial)
        partial.rename(target)
    return target / "package" / "lib" / "typescript.js"


def suffixes(package: dict[str, Any]) -> tuple[str, ...]:
    """The endings of the package's code files."""
    suffix = package["suffix"]
    return (suffix,) if isinstance(suffix, str) else tuple(suffix)


def code(package: dict[str, Any], root: pathlib.Path) -> dict[str, str]:
    """The package's code files by path."""
    paths = sorted(path for path in root.rglob("*") if path.name.endswith(suffixes(package)) and path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes().decode(errors="replace") for path in paths}


def searched(package: dict[str, Any], root: pathlib.Path) -> dict[tuple[str, str], list[int]]:
    """Lines on which the text search finds a use, by path and key."""
    uses: dict[tuple[str, str], list[int]] = collections.defaultdict(list)
    for path, text in code(package, root).items():
        for match in re.finditer(package["search"], text):
            key = next((match[name] for name in ("key", "name") if match.groupdict().get(name)), DYNAMIC)
            key = package.get("names", {}).get(key, key)
            uses[path, key].append(text.count("\n", 0, match.start()) + 1)
    return uses


def checked(binary: pathlib.Path, root: pathlib.Path) -> dict[tuple[str, str], list[int]]:
    """Lines on which flag-sweep sees a check, by path and key."""
    uses: dict[tuple[str, str], list[int]] = collections.defaultdict(list)
    for line in run(binary, "check", ".", "--show-checks", "--no-registry", cwd=root).splitlines():
        if match := SHOWN.match(line):
            key = DYNAMIC if match["key"] is None else match["key"]
            uses[match["path"], key].append(int(match["line"]))
    return uses


def compare(package: dict[str, Any], text: dict[tuple[str, str], list[int]], checks: dict[tuple[str, str], list[int]]) -> int:
    """Prints every difference and returns how many nobody has explained."""
    reasons = {(one["path"], one["key"]): one for one in package.get("differences", [])}
    unexplained = 0
    for place in sorted(text.keys() | checks.keys() | reasons.keys()):
        found, seen, reason = text.get(place, []), checks.get(place, []), reasons.get(place)
        path, key = place
        if len(found) == len(seen) and reason is None:
            continue
        lines = f"text search {len(found)} (lines {found}), checks {len(seen)} (lines {seen})"
        if reason and (reason["text"], reason["checks"]) == (len(found), len(seen)):
            print(f"  explained: {path}: {key}: {lines}: {reason['reason']}")
        else:
            unexplained += 1
            print(f"  DIFFERENCE: {path}: {key}: {lines}" + (" (the explanation no longer fits)" if reason else ""))
    return unexplained


def fix(package: dict[str, Any], binary: pathlib.Path, root: pathlib.Path, value: str, cargo_check: bool) -> dict[str, int]:
    """Decides the package's flags, fixes a copy, and returns the figures."""
    work = SCRATCH / "work" / f"{package['name']}-{value}"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(root, work)
    before = code(package, work)
    decided = [word for flag in package["flags"] for word in ("--flag", f"{flag}={value}")]
    sites = sum(len(lines) for (_, key), lines in checked(binary, work).items() if key in package["flags"])

    diff = run(binary, "check", ".", *decided, "--unsafe-fixes", "--diff", cwd=work, ok=(0, 1))
    if not diff:
        raise Failure(f"{package['name']}: {decided} leads to an empty diff")
    run("git", "apply", "--check", "-", cwd=work, stdin=diff)

    apply = [binary, "check", ".", *decided, "--unsafe-fixes", "--fix", "--allow-dirty"]
    run(*apply, cwd=work, ok=(0, 1))
    after = code(package, work)
    changed = [path for path in after if after[path] != before.get(path)]
    if package["client"] == "npm":
        run("node", "-e", PARSE, typescript(), *changed, cwd=work)
    elif package["suffix"] == ".py":
        run(sys.executable, "-m", "compileall", "-q", "-f", "-j", "0", ".", cwd=work)
        for cache in work.rglob("__pycache__"):
            shutil.rmtree(cache)
    else:
        for path in changed:
            run("rustfmt", "--edition", "2024", cwd=work, stdin=after[path])
        if cargo_check:
            run("cargo", "check", "--quiet", "--target-dir", SCRATCH / "target", cwd=work)
    run(*apply, cwd=work, ok=(0, 1))
    if code(package, work) != after:
        raise Failure(f"{package['name']}: a second fix of {decided} changes something")
    left = sum(len(lines) for (_, key), lines in checked(binary, work).items() if key in package["flags"])
    return {"sites": sites, "left": left, "files": len(changed)}


def every(package: dict[str, Any], binary: pathlib.Path, root: pathlib.Path, cargo_check: bool) -> int:
    """Fixes every flag of a package, one at a time, and returns how much does not hold."""
    keys = sorted({key for _, key in checked(binary, root)} - {DYNAMIC})

    def check(work: pathlib.Path) -> str | None:
        try:
            run("cargo", "check", "--quiet", "--target-dir", SCRATCH / "target", cwd=work)
        except Failure as failure:
            return str(failure)
        return None

    with_check = check if cargo_check and package["client"] == "cargo" else None
    for problem in (unseen := every_flag.blind(package["client"], SCRATCH, with_check)):
        print(f"  NOT FOUND: {problem}")
    if unseen:
        return len(unseen)
    figures, wrong = every_flag.every_flag(package, binary, root, SCRATCH, keys, with_check)
    for each in wrong:
        print(f"  FAILED: {each}")
    print("  " + ", ".join(f"{count} {what}" for what, count in figures.items()) + f", {len(wrong)} findings", flush=True)
    return len(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, help="flag-sweep itself, instead of building it")
    parser.add_argument("--package", action="append", help="only this package; may be repeated")
    parser.add_argument("--cargo-check", action="store_true", help="also run `cargo check` on fixed cargo (minutes)")
    parser.add_argument("--every-flag", action="store_true", help="fix every flag, one at a time, and run linters (an hour)")
    options = parser.parse_args()
    binary = options.binary
    if binary is None:
        run("cargo", "build", "--locked", "--quiet")
        target = json.loads(run("cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"))["target_directory"]
        binary = pathlib.Path(target) / "debug" / "flag-sweep"
    binary = binary.resolve()

    table = [("package", "files", "text search", "checks", "unexplained", "value", "decided", "left", "files fixed")]
    failures = 0
    packages = tomllib.loads((ROOT / "tests" / "real_code.toml").read_text())["packages"]
    for package in packages:
        if options.package and package["name"] not in options.package:
            continue
        name = f"{package['name']} {package['version']}"
        print(name, flush=True)
        try:
            root = download(package)
            (root / "flag-sweep.toml").write_text(package["config"].lstrip())
            text, checks = searched(package, root), checked(binary, root)
            unexplained = compare(package, text, checks)
            failures += unexplained
            found = [str(count) for count in (
                len(code(package, root)), sum(map(len, text.values())), sum(map(len, checks.values())), unexplained,
            )]
        except Failure as failure:
            failures += 1
            print(f"  FAILED: {failure}")
            continue
        if options.every_flag:
            failures += every(package, binary, root, options.cargo_check)
            continue
        for value in ("true", "false"):
            try:
                figures = fix(package, binary, root, value, options.cargo_check)
                table.append((name, *found, value, *map(str, (figures["sites"], figures["left"], figures["files"]))))
            except Failure as failure:
                failures += 1
                print(f"  FAILED: {failure}")
                table.append((name, *found, value, "failed", "failed", "failed"))
    if options.every_flag:
        print(f"\n{failures} failures" if failures else "\nall as expected")
        return 1 if failures else 0
    widths = [max(map(len, column)) for column in zip(*table)]
    print()
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    if not options.cargo_check:
        print("\nNot run: `cargo check` of fixed cargo. tests/real_code.py --package cargo --cargo-check")
    print(f"\n{failures} failures" if failures else "\nall as expected")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
