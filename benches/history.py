#!/usr/bin/env python3
"""Times the weekly series of a repository, and compares random weeks of it with a checkout and a scan of that commit.

    benches/history.py --bin target/release/flag-sweep --repo PATH [--config FILE] [--weeks 104] [--sample 20]

The repository is cloned (sharing its objects) into a temporary folder and is not changed. Unless --registry names one, a
registry is made up in which every flag that the sampled commits check is on for everybody, so that there is debt to count.
Exits with 1 when a number differs, or when the series takes longer than --limit seconds.
"""

import argparse
import datetime
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

KEYS = ("flags", "debt", "checks", "dead_lines")


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


def processor():
    """Seconds that programs that were started have used of processors so far: what a busy machine does not distort."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def export(clone, commit, folder):
    """The files of a commit, as a checkout has them."""
    folder.mkdir(parents=True)
    environment = {**os.environ, "GIT_INDEX_FILE": str(folder) + ".index", "GIT_DIR": str(clone / ".git"),
                   "GIT_WORK_TREE": str(folder)}
    run("git", "read-tree", commit, env=environment)
    run("git", "checkout-index", "--all", "--force", env=environment, cwd=folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--repo", required=True, type=pathlib.Path)
    parser.add_argument("--config", type=pathlib.Path)
    parser.add_argument("--registry", type=pathlib.Path)
    parser.add_argument("--commit", default="HEAD")
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--sample", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=60)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    binary = arguments.bin.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        clone = scratch / "clone"
        newest = run("git", f"--git-dir={arguments.repo.resolve()}", "rev-parse", arguments.commit).strip()
        run("git", "init", "-q", clone)
        objects = arguments.repo.resolve()
        objects = objects / "objects" if (objects / "objects").is_dir() else objects / ".git" / "objects"
        (clone / ".git/objects/info/alternates").write_text(f"{objects.resolve()}\n")
        run("git", "-C", clone, "checkout", "-q", "--detach", newest)
        date = int(run("git", "-C", clone, "log", "-1", "--format=%ct", newest))
        today = datetime.datetime.fromtimestamp(date, datetime.timezone.utc).date().isoformat()
        common = ["-j", str(arguments.threads), "--quiet"]
        common += ["--config", arguments.config.resolve()] if arguments.config else ["--isolated"]

        def weeks(*more):
            return json.loads(run(binary, "history", "--since", f"{arguments.weeks}w", "--output-format", "json",
                                  "--today", today, "--root", clone, *common, *more, cwd=clone))["weeks"]

        registry = arguments.registry
        if registry is None:
            keys = set()
            step = max(1, arguments.weeks // 8)
            plain = weeks("--no-registry")
            for number, week in enumerate(plain[::step] + plain[-1:]):
                folder = scratch / f"seen-{number}"
                export(clone, week["commit"], folder)
                listed = json.loads(run(binary, "flags", "--output-format", "json", "--no-registry", "--root", folder,
                                        *common, cwd=folder))
                keys |= {flag["key"] for flag in listed["flags"]}
            registry = scratch / "flags.json"
            flags = {key: {"state": True, "since": "2019-01-01", "created": "2018-01-01"} for key in sorted(keys)}
            registry.write_text(json.dumps({"flags": flags}))
            print(f"made-up registry of {len(keys)} flags")
        start, busy = time.monotonic(), processor()
        series = weeks("--registry", registry.resolve())
        seconds, busy = time.monotonic() - start, processor() - busy
        print(f"{arguments.repo}: {len(series)} weeks up to {today} in {seconds:.1f} s (limit {arguments.limit:.0f} s), "
              f"{busy:.1f} s of processors", flush=True)
        wrong = 0
        chosen = random.Random(arguments.seed).sample(series, min(arguments.sample, len(series)))
        for number, week in enumerate(sorted(chosen, key=lambda week: week["day"])):
            folder = scratch / f"week-{number}"
            export(clone, week["commit"], folder)
            report = json.loads(run(binary, "report", "--format", "json", "--today", week["day"], "--registry",
                                    registry.resolve(), "--root", folder, *common, cwd=folder))
            found = {key: report["totals"][key] for key in KEYS}
            expected = {key: week[key] for key in KEYS}
            same = found == expected
            wrong += not same
            print(f"{week['day']} {week['commit']} {expected}" + ("" if same else f" but a checkout says {found}"))
        print(f"{len(chosen) - wrong} of {len(chosen)} weeks agree")
        sys.exit(1 if wrong or seconds > arguments.limit else 0)


if __name__ == "__main__":
    main()
