"""One program with all mutants: the tree, the rounds until it builds, and which mutants errors are about."""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import AREAS, ROOT, TREE, WORK, say
from .switches import Rewrite

# Binaries whose tests reach the two areas; the others start servers, compilers or interpreters, or check the repository itself.
BINARIES = "lib fix registry registry_vendors registry_hostile detect lint cli demo in_house hostile readme".split()
SWITCH = Path(__file__).with_name("mutant.rs")


def parser():
    """A parser for Rust, from an environment below target/mutants."""
    folder = WORK / "venv"
    if not (folder / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    if not list(folder.glob("lib/*/site-packages/tree_sitter_rust")):
        subprocess.run([folder / "bin/pip", "install", "--quiet", "tree-sitter", "tree-sitter-rust"], check=True)
    sys.path += map(str, folder.glob("lib/*/site-packages"))
    import tree_sitter
    import tree_sitter_rust

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))


def copy_sources():
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    names = {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()}
    for path in [path for path in TREE.rglob("*") if path.is_file() or path.is_symlink()]:
        name = path.relative_to(TREE).as_posix()
        if name not in names and not name.startswith(".git/"):
            path.unlink()
    for name in names:
        target = TREE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.startswith(AREAS) or name == "src/lib.rs" and target.exists():
            continue
        if not target.exists() or target.is_symlink() or target.read_bytes() != (ROOT / name).read_bytes():
            target.unlink(missing_ok=True)
            shutil.copy2(ROOT / name, target, follow_symlinks=False)
    for name in names:
        # Rewritten below, and only then newer for cargo when the text differs.
        if name.startswith(AREAS) and name.endswith(".rs") is False:
            shutil.copy2(ROOT / name, TREE / name)
    if not (TREE / ".git").exists():
        # A repository of its own, so that nothing in it is ignored as a part of target/.
        subprocess.run(["git", "init", "-q", str(TREE)], check=True)
    return sorted(name for name in names if name.startswith(AREAS) and name.endswith(".rs"))


def put(path, text):
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def cargo(arguments):
    """Messages of a cargo command, and whether it succeeded. Warnings of rustc are about the switches."""
    command = ["cargo", *arguments, "--locked", "--message-format", "json"]
    env = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "build"), CARGO_PROFILE_DEV_DEBUG="0", CARGO_INCREMENTAL="0")
    env.setdefault("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
    done = subprocess.run(command, cwd=TREE, env=env, capture_output=True, text=True, check=False)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 and not any(message["reason"] == "compiler-message" for message in messages):
        sys.exit(f"cargo {arguments[0]} fails: {done.stderr}")
    return messages, done.returncode == 0


def build(mutants, dropped):
    """Writes the tree and takes mutants out until it builds; the executables of tests by name."""
    rust = parser()
    by_file = collections.defaultdict(list)
    for mutant in mutants:
        by_file[mutant.file].append(mutant)
    files = copy_sources()
    library = (ROOT / "src/lib.rs").read_text()
    put(TREE / "src/lib.rs", "#![allow(warnings)]\n" + library + "pub mod mutant;\n")
    put(TREE / "src/mutant.rs", SWITCH.read_text().replace("COUNT: usize = 1", f"COUNT: usize = {len(mutants)}"))
    while True:
        for name in files:
            mine = [mutant for mutant in by_file[name] if mutant.number not in dropped]
            rewrite = Rewrite((ROOT / name).read_text(), mine, rust)
            for mutant, why in rewrite.unplaced:
                dropped[mutant.number] = why
            put(TREE / name, rewrite.text())
        messages, good = cargo(["test", "--no-run", "--lib"])
        if good:
            break
        found = blame(messages, mutants)
        say(f"{len(found)} mutants do not compile")
        dropped.update(found)
    say("building the tests")
    chosen = [part for name in BINARIES for part in (["--lib"] if name == "lib" else ["--test", name])]
    messages, good = cargo(["test", "--no-run", *chosen])
    if not good:
        sys.exit("\n".join(message["message"]["rendered"] for message in messages if message["reason"] == "compiler-message"))
    executables = {}
    for message in messages:
        if message["reason"] == "compiler-artifact" and message.get("executable") and message["profile"]["test"]:
            kinds = message["target"]["kind"]
            executables["lib" if "lib" in kinds else message["target"]["name"]] = message["executable"]
    return {name: executables[name] for name in BINARIES}


def blame(messages, mutants):
    """The mutants at which errors stand: the innermost around a primary place."""
    found = {}
    for message in messages:
        if message["reason"] != "compiler-message" or message["message"]["level"] != "error":
            continue
        error = message["message"]
        spans = sorted(error["spans"], key=lambda span: not span["is_primary"])
        spans += [span for child in error["children"] for span in child["spans"]]
        blamed = [numbers for numbers in map(around, spans) if numbers]
        # A whole body is to blame only when nothing in it is.
        inside = [numbers for numbers in blamed if mutants[numbers[0]].genre != "FnValue"]
        numbers = next(iter(inside or blamed), None)
        if numbers is None:
            if spans:
                sys.exit(f"an error at no mutant:\n{error['rendered']}")
            continue
        code = (error["code"] or {}).get("code", "")
        # What only the form of the switch breaks: constants, borrows, moves, another type behind `impl Trait`.
        form = code in ("E0015", "E0658", "E0744") or code.startswith(("E05", "E07", "E038"))
        for number in numbers:
            hidden = mutants[number].genre == "FnValue" and "-> impl " in mutants[number].name
            found[number] = "not expressible" if form or hidden else "not viable"
            print(f"  {found[number]} ({code} {error['message']}): {mutants[number].key}", flush=True)
    if not found:
        sys.exit("\n".join(message["message"]["rendered"] for message in messages if message["reason"] == "compiler-message"))
    return found


def around(span):
    """Numbers of the innermost mutants around a place in a file of the tree."""
    path = TREE / span["file_name"]
    if not path.is_file():
        return None
    text, stack, best = path.read_bytes(), [], None
    for mark in re.finditer(rb"/\*<([0-9,]+)\*/|/\*>\*/", text):
        if mark[1]:
            stack.append((mark.start(), mark[1]))
            continue
        start, numbers = stack.pop()
        if start <= span["byte_start"] and span["byte_end"] <= mark.end() and best is None:
            best = [int(number) for number in numbers.split(b",")]
    return best
