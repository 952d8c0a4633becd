#!/usr/bin/env python3
"""A registry of 50,000 flags: `registry.py BIN [FLAGS]` prints, per format, how much processor time and memory loading takes.

What is measured is `BIN check` on one small file with that registry, the least time and the most memory of three runs; goals
are one second and 200 MB with an optimised binary, and the exit code says whether they are met."""

import json
import os
import subprocess
import sys
import tempfile

SECONDS = 1.0
MEGABYTES = 200
ROUNDS = 3


def native(count):
    lines = ["flags:"]
    for number in range(count):
        lines.append(
            f"  flag-{number}: {{owner: team-{number % 40}, created: 2026-02-01, kind: release, "
            f"description: What flag {number} is for, state: {{production: {{is: on, since: 2026-05-04}}, staging: on}}}}"
        )
    return "flags.yaml", "\n".join(lines) + "\n"


def launchdarkly(count):
    items = []
    for number in range(count):
        rules = []
        if number % 3 == 0:
            clause = {"attribute": "country", "op": "in", "values": ["DE"], "contextKind": "user", "negate": False}
            rules = [{"_id": "r", "clauses": [clause], "variation": number % 2}]
        production = {
            "on": True, "lastModified": 1714521600000, "targets": [], "contextTargets": [], "rules": rules,
            "prerequisites": [{"key": f"flag-{number - 1}", "variation": 0}] if number % 10 == 9 else [],
            "fallthrough": {"variation": 0}, "offVariation": 1, "_environmentName": "Production",
        }
        items.append({
            "key": f"flag-{number}", "name": f"Flag {number}", "kind": "boolean", "_version": 3, "tags": ["web"],
            "creationDate": 1704067200000, "temporary": True, "maintainerTeamKey": f"team-{number % 40}",
            "variations": [{"_id": "a", "value": True}, {"_id": "b", "value": False}],
            "environments": {"production": production},
        })
    return "launchdarkly.json", json.dumps({"items": items, "totalCount": count})


def unleash(count):
    features = []
    for number in range(count):
        parameters = {"rollout": "100" if number % 3 else "50", "stickiness": "default", "groupId": f"flag-{number}"}
        strategy = {"name": "flexibleRollout", "parameters": parameters, "constraints": [], "segments": [], "variants": []}
        if number % 4 == 0:
            strategy["constraints"] = [{"contextName": "country", "operator": "IN", "values": ["DE", "AT"]}]
        features.append({
            "name": f"flag-{number}", "type": "release", "enabled": True, "project": "default", "stale": False,
            "description": f"What flag {number} is for", "strategies": [strategy], "variants": [],
            "dependencies": [{"feature": f"flag-{number - 1}"}] if number % 10 == 9 else [],
        })
    return "unleash.json", json.dumps({"version": 2, "query": {"environment": "production"}, "features": features})


def loaded(command, folder):
    """Seconds of processor time and megabytes of a run."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code > 1:
        sys.exit(f"{' '.join(command)}: exit code {code}\n{said}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    binary = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
    met = True
    for make in (native, launchdarkly, unleash):
        with tempfile.TemporaryDirectory() as folder:
            name, text = make(count)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
            with open(os.path.join(folder, "flag-sweep.toml"), "w", encoding="utf-8") as file:
                file.write('[rules]\nunused-flag = "off"\nunknown-flag = "off"\n')
            with open(os.path.join(folder, "app.py"), "w", encoding="utf-8") as file:
                file.write("print('no check')\n")
            runs = [loaded([binary, "check", "--registry", name, "app.py"], folder) for _ in range(ROUNDS)]
            # What else the machine does only adds to the time.
            seconds = min(seconds for seconds, _ in runs)
            memory = max(memory for _, memory in runs)
            met &= seconds < SECONDS and memory < MEGABYTES
            print(f"{name:20} {count} flags, {len(text) / 1e6:6.1f} MB: {seconds:5.2f} s of processor time, {memory:4.0f} MB")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
