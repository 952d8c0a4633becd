"""What needs other people's programs: pre-commit, and the schemas of formats, from PyPI and crates.io.

Usage: integrations.py FLAG_SWEEP. Makes a virtual environment in a temporary directory. Each step prints one line; the
exit code is 1 when one fails. Owns no rules of its own: the other program is the judge.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import venv
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGISTRY = "version: 1\nflags:\n  old:\n    state:\n      production: {is: on, since: 2025-01-01}\n"
CONFIG = 'registry = "flags.yaml"\n[[checks]]\nlanguage = "python"\npattern = "on($KEY)"\n[rules]\nunused-flag = "off"\n'
CODE = 'if on("old"):\n    print(1)\nelse:\n    print(2)\n'
FAILED = []


def run(command, cwd, expected=0, **more):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, **more)
    if expected is not None and done.returncode != expected:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def step(name):
    def register(function):
        def call(*arguments):
            try:
                function(*arguments)
                print(f"ok    {name}", flush=True)
            except Exception as error:  # every step is tried, whatever became of the one before
                FAILED.append(name)
                print(f"FAIL  {name}: {error}", flush=True)

        return call

    return register


def project(folder):
    folder.mkdir()
    for name, text in {"flags.yaml": REGISTRY, "flag-sweep.toml": CONFIG, "a.py": CODE, "b.py": "x = 1\n"}.items():
        (folder / name).write_text(text)
    run(["git", "init", "-q", "-b", "main"], folder)
    run(["git", "config", "user.name", "t"], folder)
    run(["git", "config", "user.email", "t@example.com"], folder)


@step("pre-commit fails, fixes and passes")
def pre_commit(bin, binary, scratch):
    folder = scratch / "pre-commit"
    project(folder)
    # The hooks as published, but with the binary that is here instead of one that is built anew.
    published = json.loads(run([bin / "python", "-c", "import json,sys,yaml;print(json.dumps(yaml.safe_load(open(sys.argv[1]))))",
                                ROOT / ".pre-commit-hooks.yaml"], folder))
    for hook in published:
        hook["language"] = "system"
        hook["entry"] = hook["entry"].replace("flag-sweep", str(binary), 1)
    check, fix = published
    assert (check["id"], fix["id"]) == ("flag-sweep", "flag-sweep-fix"), published
    run([bin / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"], folder)
    environment = dict(os.environ, PRE_COMMIT_HOME=str(scratch / "pre-commit-home"))

    def hooks(*which):
        config = {"repos": [{"repo": "local", "hooks": list(which)}]}
        (folder / ".pre-commit-config.yaml").write_text(json.dumps(config))
        run(["git", "add", "-A"], folder)

    hooks(check)
    told = run([bin / "pre-commit", "run"], folder, expected=1, env=environment)
    assert "stale-flag" in told and "Failed" in told, told
    assert (folder / "a.py").read_text() == CODE
    hooks(fix)
    told = run([bin / "pre-commit", "run"], folder, expected=1, env=environment)
    assert "files were modified by this hook" in told, told
    assert (folder / "a.py").read_text() == "print(1)\n"
    run(["git", "add", "-A"], folder)
    told = run([bin / "pre-commit", "run"], folder, env=environment)
    assert "Passed" in told, told
    hooks(check, fix)
    run([bin / "pre-commit", "install"], folder, env=environment)
    run(["git", "commit", "-qm", "x"], folder, env=environment)
    (folder / "c.py").write_text(CODE)
    run(["git", "add", "c.py"], folder)
    told = run(["git", "commit", "-qm", "y"], folder, expected=1, env=environment)
    assert "stale-flag" in told, told


@step("the action and the templates fit their schemas")
def schemas(bin, scratch):
    check = bin / "check-jsonschema"
    run([check, "--builtin-schema", "vendor.github-actions", ROOT / "action.yml"], scratch)
    for path in sorted((ROOT / "docs" / "ci").glob("github-*.yml")):
        run([check, "--builtin-schema", "vendor.github-workflows", path], scratch)
    for path in sorted((ROOT / "docs" / "ci").glob("gitlab*.yml")):
        run([check, "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", path], scratch)


def sarif_schema(scratch):
    """The schema that the crate serde-sarif ships; cargo fetches it like any dependency."""
    folder = scratch / "schema"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").write_text("")
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "x"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nserde-sarif = "=0.8.0"\n[workspace]\n'
    )
    run(["cargo", "vendor", "-q", "vendor"], folder)
    [found] = (folder / "vendor").glob("serde-sarif/src/schema.json")
    return found


@step("SARIF fits its schema, JUnit and Checkstyle are XML")
def formats(bin, binary, scratch):
    schema = sarif_schema(scratch)
    demo = ROOT / "fixtures" / "demo"
    empty = scratch / "empty"
    empty.mkdir()
    (empty / "a.py").write_text("x = 1\n")
    hostile = scratch / "hostile"
    hostile.mkdir()
    (hostile / "flag-sweep.toml").write_text(CONFIG)
    (hostile / "a\n::error::x <&\x1b%.py").write_text(CODE)
    (hostile / "flags.yaml").write_text(REGISTRY.replace("old:\n", 'old:\n    owner: "]]><x> [a](0) | `"\n'))
    for name, folder in {"demo": demo, "empty": empty, "hostile": hostile}.items():
        out = {kind: scratch / f"{name}.{kind}" for kind in ["sarif", "junit", "checkstyle", "gitlab"]}
        outputs = [word for kind, path in out.items() for word in ("--output", f"{kind}={path}")]
        run([binary, "check", folder, "--today", "2026-11-21", "--exit-zero", *outputs], scratch)
        run([bin / "check-jsonschema", "--regex-variant", "python", "--schemafile", schema, out["sarif"]], scratch)
        suites = xml.etree.ElementTree.parse(out["junit"]).getroot()
        assert suites.tag == "testsuites" and len(suites) > 0
        assert xml.etree.ElementTree.parse(out["checkstyle"]).getroot().tag == "checkstyle"
        entries = json.loads(out["gitlab"].read_text())
        assert len({entry["fingerprint"] for entry in entries}) == len(entries), "only the first of equals is shown"


@step("completions and man pages are taken by their readers")
def shells(binary, scratch):
    script = scratch / "completions.bash"
    script.write_text(run([binary, "completions", "bash"], scratch))
    run(["bash", "-n", script], scratch)
    pages = scratch / "man"
    pages.mkdir()
    run([binary, "man", pages], scratch)
    names = {path.name for path in pages.iterdir()}
    assert {"flag-sweep.1", "flag-sweep-check.1", "flag-sweep-baseline.1"} <= names, names
    assert all(path.read_text().startswith(".ie") or ".TH" in path.read_text() for path in pages.iterdir())


def main():
    [binary] = [pathlib.Path(argument).resolve() for argument in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        venv.create(scratch / "venv", with_pip=True)
        bin = scratch / "venv" / "bin"
        run([bin / "pip", "install", "-q", "pre-commit==4.*", "check-jsonschema"], scratch)
        pre_commit(bin, binary, scratch)
        schemas(bin, scratch)
        formats(bin, binary, scratch)
        shells(binary, scratch)
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
