"""Parts of tests/mutants.py. This one: where things are, and what every part says."""

import json
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "target/mutants"
TREE = WORK / "tree"
AREAS = ("src/fix", "src/registry")


def say(text):
    print(time.strftime("%H:%M:%S", time.gmtime()), text, flush=True)


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
