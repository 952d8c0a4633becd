"""What needs other people's programs: pre-commit, and the schemas of formats (see validators.py).

Usage: integrations.py FLAG_SWEEP [--real .real-code] [--schemas FOLDER] [--documents 1000]. Makes a virtual environment in a
temporary directory. Each step prints one line; the exit code is 1 when one fails. Owns no rules of its own: the other program
is the judge. `--real` names the packages that real_code.py left, which are looked at as well; `--schemas` a folder with more
schemas to judge by. Needs pip, npm and cargo to reach their registries: a judge that cannot be fetched is a failure.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv

import validators

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGISTRY = "version: 1\nflags:\n  old:\n    state:\n      production: {is: on, since: 2025-01-01}\n"
CONFIG = 'registry = "flags.yaml"\n[[checks]]\nlanguage = "python"\npattern = "on($KEY)"\n[rules]\nunused-flag = "off"\n'
CODE = 'if on("old"):\n    print(1)\nelse:\n    print(2)\n'
FAILED = []
READERS = ("jsonschema==4.*", "xmlschema==4.*", "markdown-it-py[linkify]==4.*")


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


def hostile_project(scratch):
    folder = scratch / "hostile"
    folder.mkdir()
    (folder / "flag-sweep.toml").write_text(CONFIG)
    (folder / "a\n::error::x <&\x1b%.py").write_text(CODE)
    (folder / "flags.yaml").write_text(REGISTRY.replace("old:\n", 'old:\n    owner: "]]><x> [a](0) | `"\n'))
    return folder


# A mistake per format, as an edit of a good document.
MISTAKES = {
    "sarif": ('"message"', '"massage"'),
    "rdjson": ('"severity": "', '"severity": "VERY_'),
    "gitlab": ('"severity": "', '"severity": "very '),
    "junit": ("<testcase ", '<testcase colour="red" '),
    "checkstyle": ('severity="', 'severty="'),
    "github": ("::warning file=", "::warning ::file="),
    "markdown": ("| ", "| <b> | "),
}


@step("each judge finds a mistake that was planted")
def planted(judge, binary, scratch):
    report, texts = validators.of_run(binary, ROOT / "fixtures" / "demo", scratch)
    assert set(MISTAKES) == set(validators.FORMATS), "a format without a mistake"
    for format, (good, bad) in MISTAKES.items():
        assert good in texts[format], (format, texts[format])
        try:
            judge.check(format, texts[format].replace(good, bad, 1), report)
        except Exception:
            continue
        raise AssertionError(f"{format}: {bad!r} went unnoticed")


@step("each format fits what its readers publish: the demo, no finding, hostile names, real packages")
def formats(judge, binary, scratch, real):
    empty = scratch / "empty"
    empty.mkdir()
    (empty / "a.py").write_text("x = 1\n")
    looked_at = [(ROOT / "fixtures" / "demo", ()), (empty, ()), (hostile_project(scratch), ())]
    packages = tomllib.loads((ROOT / "tests" / "real_code.toml").read_text())["packages"] if real else []
    for package in packages:
        decided = [word for flag in package["flags"] for word in ("--flag", f"{flag}=true")]
        looked_at.append((real / f"{package['name']}-{package['version']}", ("--unsafe-fixes", *decided)))
    for folder, options in looked_at:
        report, texts = validators.of_run(binary, folder, scratch, *options)
        assert report["diagnostics"] or folder == empty, f"nothing to look at in {folder.name}"
        for format, text in texts.items():
            try:
                judge.check(format, text, report)
            except Exception as error:
                raise AssertionError(f"{format} of {folder.name}: {error}") from error
        prints = [entry["fingerprint"] for entry in json.loads(texts["gitlab"])]
        assert len(set(prints)) == len(prints), "only the first of equals is shown"
        print(f"      {folder.name}: {len(report['diagnostics'])} diagnostics in {len(texts)} formats", flush=True)


@step("documents of hostile texts fit it as well")
def generated(judge, binary, scratch, count):
    like, _ = validators.of_run(binary, ROOT / "fixtures" / "demo", scratch)

    def one(seed):
        document = scratch / f"document-{seed}.json"
        report = validators.hostile(like, seed)
        document.write_text(json.dumps(report))
        for format in validators.FORMATS:
            try:
                judge.check(format, validators.rendered(binary, document, format), report)
            except Exception as error:
                raise AssertionError(f"{format}, seed {seed}: {error!r}"[:3000]) from error
        document.unlink()
        return len(report["diagnostics"])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = sum(pool.map(one, range(count)))
    print(f"      {count} documents with {found} diagnostics in {len(validators.FORMATS)} formats", flush=True)


@step("a baseline of a real package: 50 files move and nothing is new, a check is added and one is")
def moved_files(binary, scratch, real):
    package = tomllib.loads((ROOT / "tests" / "real_code.toml").read_text())["packages"][0]
    folder = scratch / "moved"
    shutil.copytree(real / f"{package['name']}-{package['version']}", folder)
    on = {"state": {"is": "on", "since": "2025-01-01"}}
    keys = {flag["key"] for flag in json.loads(run([binary, "flags", "--output-format", "json", "--no-registry"], folder))["flags"]}
    (folder / "flags.json").write_text(json.dumps({"flags": {key: on for key in sorted(keys)}}))

    def found():
        check = [binary, "check", ".", "--registry", "flags.json", "--today", "2026-11-21", "--exit-zero", "--output-format", "json"]
        done = subprocess.run(check, cwd=folder, check=True, capture_output=True, text=True)
        return [(item["rule"], item["flag"], item["path"]) for item in json.loads(done.stdout)["diagnostics"]]

    run([binary, "baseline", "create", "--registry", "flags.json", "--today", "2026-11-21"], folder)
    assert found() == [], "the baseline covers what is there"
    (folder / "flag-sweep-baseline.json").rename(scratch / "kept")
    places = sorted({path for _, _, path in found() if path.endswith(package["suffix"])})
    (scratch / "kept").rename(folder / "flag-sweep-baseline.json")
    chance = random.Random(1)
    # Half of them hold findings, as far as there are as many.
    others = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*" + package["suffix"]))
    chosen = chance.sample(places, min(25, len(places)))
    chosen += chance.sample([path for path in others if path not in chosen], 50 - len(chosen))
    folders = sorted({str(pathlib.PurePosixPath(path).parent) for path in others})
    for number, path in enumerate(chosen):
        name = pathlib.PurePosixPath(path)
        # Renamed, or moved.
        target = name.with_stem(f"{name.stem}_{number}") if number % 2 else pathlib.PurePosixPath(chance.choice(folders), name.name)
        target = folder / target
        if not target.exists():
            (folder / path).rename(target)
    new = found()
    assert new == [], new
    added = folder / others[0]
    added = added if added.exists() else folder / "added.py"
    added.write_text((added.read_text() if added.exists() else "") + f'\nis_feature_enabled("{package["flags"][0]}")\n')
    new = found()
    assert len(new) == 1 and new[0][:2] == ("stale-flag", package["flags"][0]), new
    print(f"      {len(places)} files with findings, {len(chosen)} moved", flush=True)


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--real", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--schemas", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--documents", type=int, default=1000)
    options = parser.parse_args()
    binary = options.binary
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        venv.create(scratch / "venv", with_pip=True)
        bin = scratch / "venv" / "bin"
        run([bin / "pip", "install", "-q", "pre-commit==4.*", "check-jsonschema", *READERS], scratch)
        [packages] = (scratch / "venv" / "lib").glob("python*/site-packages")
        sys.path.insert(0, str(packages))
        pre_commit(bin, binary, scratch)
        schemas(bin, scratch)
        judge = validators.Validators(bin / "pip", options.schemas, scratch)
        planted(judge, binary, scratch)
        formats(judge, binary, scratch, options.real)
        generated(judge, binary, scratch, options.documents)
        judge.close()
        if options.real:
            moved_files(binary, scratch, options.real)
        shells(binary, scratch)
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
