"""Fixes every flag of a package, one at a time, each way and at both levels, and asks the linter of the language.

Used by real_code.py --every-flag. A tree is copied once and only what a fix changed is put back. What has to hold for each
fix: the command does not fail, a second fix changes nothing, and the linter names no undefined name and no syntax error
that it did not name before: ruff (F821, E999 and what it cannot parse), ESLint (no-undef), rustfmt (it parses) and, for a
few flags, cargo check. Needs ruff on the path for Python; ESLint is installed beside the packages.

Run by itself it proves that none of this is blind: something that does the mistakes below stands in for flag-sweep, and
each of them has to be found. A run over packages begins with that proof.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

ESLINT = ("eslint@10.15.0", "@typescript-eslint/parser@8.73.0", "typescript@5.9.3")
ESLINT_CONFIG = """
import parser from "@typescript-eslint/parser";
export default [{
    files: ["**/*.ts", "**/*.tsx", "**/*.js", "**/*.jsx"],
    languageOptions: { parser, parserOptions: { ecmaFeatures: { jsx: true } } },
    linterOptions: { reportUnusedDisableDirectives: "off", noInlineConfig: true },
    rules: { "no-undef": "error" },
}];
"""
LEVELS = {"safe": ("--fix",), "unsafe": ("--fix", "--unsafe-fixes")}
Findings = collections.Counter[tuple[str, str]]


class Tree:
    """A copy of a package that fixes change and that is put back."""

    def __init__(self, original: pathlib.Path, work: pathlib.Path) -> None:
        self.original, self.work = original, work
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(original, work)
        self.before = dict(self.stamps())

    def stamps(self) -> Iterator[tuple[str, tuple[int, int, int]]]:
        open_folders = [self.work]
        while open_folders:
            for entry in os.scandir(open_folders.pop()):
                if entry.is_dir(follow_symlinks=False):
                    open_folders.append(pathlib.Path(entry.path))
                else:
                    stat = entry.stat(follow_symlinks=False)
                    yield os.path.relpath(entry.path, self.work), (stat.st_mtime_ns, stat.st_size, stat.st_ino)

    def changed(self) -> list[str]:
        """Files that are not as they were, those that are gone among them."""
        now = dict(self.stamps())
        return sorted(path for path in self.before.keys() | now.keys() if self.before.get(path) != now.get(path))

    def restore(self) -> None:
        for path in self.changed():
            source, target = self.original / path, self.work / path
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
            else:
                target.unlink()
        self.before = dict(self.stamps())


class Linter:
    """Collects the texts of many fixes and lints them all in one go."""

    def __init__(self, scratch: pathlib.Path, package: dict[str, Any], original: pathlib.Path) -> None:
        self.folder = scratch / "lint" / package["name"]
        self.scratch, self.package, self.original = scratch, package, original
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.names: dict[str, str] = {}

    def add(self, name: str, tree: Tree, paths: list[str]) -> None:
        label = f"f{len(self.names)}"
        self.names[label] = name
        for path in paths:
            for part, root in ((label, tree.work), ("before", self.original)):
                target = self.folder / part / path
                if (root / path).exists() and not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(root / path, target)

    def findings(self) -> dict[str, Findings]:
        """What the linter says that it did not say before, by fix."""
        found: dict[str, Findings] = collections.defaultdict(collections.Counter)
        for path, message in self.lint():
            label, _, inside = path.partition("/")
            found[label][inside, message] += 1
        before = found.pop("before", collections.Counter())
        return {self.names[label]: new for label, says in found.items() if (new := says - before)}

    def lint(self) -> Iterator[tuple[str, str]]:
        client = self.package["client"]
        if client == "pip":
            command = ["ruff", "check", "--isolated", "--no-cache", "--select", "F821", "--output-format", "json", "."]
            for one in json.loads(output(command, self.folder)):
                path = pathlib.Path(one["filename"]).relative_to(self.folder.resolve())
                yield path.as_posix(), f"{one['code'] or 'syntax'} {one['message']}"
        elif client == "npm":
            (self.folder / "eslint.config.mjs").write_text(ESLINT_CONFIG)
            link = self.folder / "node_modules"
            link.symlink_to(eslint(self.scratch) / "node_modules")
            command = ["node", str(link / "eslint/bin/eslint.js"), "--format", "json", "."]
            for one in json.loads(output(command, self.folder)):
                path = pathlib.Path(one["filePath"]).relative_to(self.folder.resolve())
                for message in one["messages"]:
                    yield path.as_posix(), f"{message.get('ruleId')} {message['message']}"
        else:
            for path in sorted(self.folder.rglob("*.rs")):
                done = subprocess.run(
                    ["rustfmt", "--edition", "2024", "--config", "skip_children=true", "--emit", "stdout"],
                    input=path.read_text(), text=True, capture_output=True, check=False,
                )
                for line in re.findall(r"^error.*", done.stderr, re.MULTILINE):
                    yield path.relative_to(self.folder).as_posix(), line


def output(command: list[str], folder: pathlib.Path) -> str:
    """What a linter prints; that it finds something is no failure."""
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def eslint(scratch: pathlib.Path) -> pathlib.Path:
    """ESLint with its parser, installed once."""
    target = scratch / "eslint"
    if not target.is_dir():
        partial = scratch / "eslint.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        (partial / "package.json").write_text("{}")
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *ESLINT], cwd=partial, check=True)
        partial.rename(target)
    return target


def every_flag(
    package: dict[str, Any],
    binary: pathlib.Path,
    root: pathlib.Path,
    scratch: pathlib.Path,
    keys: list[str],
    cargo_check: Callable[[pathlib.Path], str | None] | None,
) -> tuple[dict[str, int], list[str]]:
    """Figures and everything that does not hold."""
    tree = Tree(root, scratch / "work" / f"{package['name']}-every")
    linter = Linter(scratch, package, root)
    figures, wrong = collections.Counter({"flags": len(keys)}), []
    for key in keys:
        for value in ("true", "false"):
            for level, options in LEVELS.items():
                name = f"{key}={value} at {level}"
                command = [binary, "check", ".", "--no-registry", "--flag", f"{key}={value}", *options, "--allow-dirty"]
                first = subprocess.run(command, cwd=tree.work, text=True, capture_output=True, check=False)
                changed = tree.changed()
                figures["fixes"] += 1
                figures["files"] += len(changed)
                if first.returncode not in (0, 1) or "bug of flag-sweep" in first.stderr:
                    wrong.append(f"{name}: ended with {first.returncode}: {first.stderr[-1000:]}")
                linter.add(name, tree, changed)
                if changed:
                    stamps = dict(tree.stamps())
                    second = subprocess.run(command, cwd=tree.work, text=True, capture_output=True, check=False)
                    again = [path for path, stamp in tree.stamps() if stamps.pop(path, None) != stamp]
                    if again or stamps or second.returncode not in (0, 1):
                        wrong.append(f"{name}: a second fix changes {again + sorted(stamps)}")
                    if cargo_check and key in package["flags"] and (why := cargo_check(tree.work)):
                        wrong.append(f"{name}: {why}")
                tree.restore()
    for name, new in sorted(linter.findings().items()):
        wrong.extend(f"{name}: {path}: {message}" for path, message in sorted(new))
    return dict(figures), wrong


# Per client: a file, a text without findings, a name that nothing defines, and what does not parse.
PLANTED = {
    "pip": ("module.py", "import os\n\nprint(os.name, undefined_before)\n", "planted_name", "def planted(:"),
    "npm": ("module.tsx", "export const one = <p>{undefinedBefore}</p>;\n", "planted_name;", "const planted = ;"),
    "cargo": ("src/lib.rs", "pub fn one() -> u32 {\n    1\n}\n", "pub fn two() -> u32 { planted_name }", "fn planted( {}"),
}
# What stands in for flag-sweep: it appends what the key of its --flag says. `twice` does so in each run.
STAND_IN = """#!{python}
import pathlib, sys
key = sys.argv[sys.argv.index("--flag") + 1].split("=")[0]
path, says = pathlib.Path({path!r}), {says!r}
text = path.read_text()
if key == "fails":
    sys.exit(2)
if key == "twice" or says[key] not in text:
    path.write_text(text + says[key] + "\\n")
"""


def blind(client: str, scratch: pathlib.Path, cargo_check: Callable[[pathlib.Path], str | None] | None = None) -> list[str]:
    """Mistakes that a run over packages of a client would not find, and findings where there is no mistake."""
    folder = scratch / "planted" / client
    shutil.rmtree(folder, ignore_errors=True)
    path, text, name, syntax = PLANTED[client]
    comment = "# planted" if client == "pip" else "// planted"
    says = {"fails": "", "fine": comment, "name": name, "syntax": syntax, "twice": comment}
    (folder / "root" / path).parent.mkdir(parents=True)
    (folder / "root" / path).write_text(text)
    if client == "cargo":
        manifest = '[package]\nname = "planted"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n'
        (folder / "root" / "Cargo.toml").write_text(manifest)
    binary = folder / "stand-in"
    binary.write_text(STAND_IN.format(python=sys.executable, path=path, says=says))
    binary.chmod(0o755)
    package = {"name": f"planted-{client}", "client": client, "flags": ["name"]}
    figures, wrong = every_flag(package, binary, folder / "root", scratch, sorted(says), cargo_check)
    problems = []
    for key in says:
        # rustfmt knows no names: that takes cargo check.
        sound = key == "fine" or key == "name" and client == "cargo" and cargo_check is None
        wanted = {"fails": "ended with 2", "name": "planted_name", "twice": "a second fix changes"}.get(key, "")
        found = [each for each in wrong if each.startswith(f"{key}=")]
        if len(found) < figures["fixes"] / len(says) and not sound or found and sound:
            problems.append(f"planted `{key}` for {client}: {len(found)} findings {found[:2]}")
        problems.extend(f"planted `{key}` for {client}: found as {each}" for each in found if wanted not in each)
    return problems


def main() -> int:
    """Looks for mistakes that are not found, with the linters of all clients."""
    scratch = pathlib.Path(__file__).resolve().parent.parent / ".real-code"
    scratch.mkdir(exist_ok=True)
    problems = [problem for client in PLANTED for problem in blind(client, scratch)]
    print("\n".join(problems) or "every planted mistake is found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
