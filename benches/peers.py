#!/usr/bin/env python3
"""Compares `flag-sweep check` with ripgrep, ast-grep and Piranha on the corpora that peers.sh fetched; see there.

Runs that are compared take turns; every ratio is of medians of processor time of one run of this script, and above 1 where
flag-sweep takes longer. ripgrep looks for the same literals in the same files, and counts words as flag-sweep does. ast-grep
looks for one call. Piranha gets one rule per flag, which is what it is made for. Ends with 1 when a bound does not hold.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

import measure

PROVIDERS = pathlib.Path(__file__).parent.parent / "providers"
FLAGS = 5
# Corpus, the keys of its language in provider files, ripgrep's types, ast-grep's language and pattern, the bound over ripgrep.
CORPORA = [
    ("python", "python", ["py"], "python", "$_.switch_is_active($KEY)", 1.3),
    ("rust", "rust", ["rust"], "rust", "$_.bool_variation($$$)", None),
    ("typescript", "javascript", ["ts", "js"], "typescript", "$_.isFeatureEnabled($$$)", None),
]
PIRANHA = """
import sys
from polyglot_piranha import PiranhaArguments, Rule, RuleGraph, execute_piranha
flags = int(sys.argv[2])
rules = [
    Rule(
        name=f"flag_{number}",
        query=f'((call function: (attribute attribute: (identifier) @method) arguments: (argument_list (string) @key)) @check (#eq? @method "switch_is_active") (#eq? @key "\\\\"corpus-flag-{number}\\\\""))',
        replace_node="check",
        replace="True",
    )
    for number in range(flags)
]
execute_piranha(PiranhaArguments(language="python", paths_to_codebase=[sys.argv[1]], rule_graph=RuleGraph(rules=rules, edges=[]), dry_run=True))
"""


def literals(language: str, keys: list[str]) -> str:
    """What flag-sweep looks for in every file, as one expression: keys and names of methods and receivers as whole words, parts of
    modules' names as whole words in any case, other texts anywhere."""
    words = set(keys)
    signs: set[str] = set()
    texts: set[str] = set()
    for path in PROVIDERS.glob("*.toml"):
        described = tomllib.loads(path.read_text()).get(language, [])
        # A provider may describe more than one of its modules.
        for part in described if isinstance(described, list) else [described]:
            signs.update(module.split(".")[0] for module in part.get("modules", []))
            signs.update(part.get("receivers", []))
            for method in part.get("methods", []):
                texts.update(method.get("literals", []))
                words.update(*(method.get(kind, []) for kind in ("names", "receivers", "declared_by", "beside")))

    def either(found: set[str]) -> str:
        # ripgrep takes no line ends, and outside of Unicode ASCII only.
        kept = (text for text in sorted(found) if len(text) > 1 and text.isascii() and text.isprintable())
        return "|".join(re.sub(r"[][\\.+*?()|{}^$]", r"\\\g<0>", text) for text in kept)

    return rf"\b(?:{either(words)}|(?i:{either(signs)}))\b|{either(texts)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", required=True, type=pathlib.Path)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", default=5, type=int)
    options = parser.parse_args()
    peers = pathlib.Path(sys.executable).parent
    binary, corpora = str(options.bin.resolve()), options.corpora.resolve()
    holds = []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        flags = work / "flags.toml"
        flags.write_text("[flags]\n" + "".join(f"corpus-flag-{number} = true\n" for number in range(FLAGS)))
        (work / "piranha.py").write_text(PIRANHA)
        for corpus, language, types, dialect, pattern, bound in CORPORA:
            root = corpora / corpus
            words = work / f"{corpus}.txt"
            words.write_text(literals(language, [f"corpus-flag-{number}" for number in range(FLAGS)]))
            typed = [f"--type={name}" for name in types]
            sweep = [binary, "check", "--isolated", "--exit-zero", "--output-format", "concise", "--registry", str(flags)]
            sweep += ["--root", ".", "."]
            others = {
                "ripgrep": ["rg", "--no-ignore", "--no-unicode", "--count", *typed, "--file", str(words), "."],
                "ast-grep": [str(peers / "ast-grep"), "run", "--no-ignore=vcs", "--lang", dialect, "--pattern", pattern, "."],
            }
            if corpus == "python":
                for count in (1, 10, 50):
                    others[f"Piranha, {count} flags"] = [sys.executable, str(work / "piranha.py"), str(root), str(count)]
            for name, command in others.items():
                # In pairs: what runs behind Piranha finds nothing of its own in the processor's caches.
                runs = {"check": sweep, "peer": command}
                if name == "ripgrep":
                    runs["kept"] = [*sweep, "--cache-dir", str(work / "cache")]
                costs = measure.in_turns(
                    options.rounds, {run: lambda run=run: measure.run(runs[run], root) for run in runs}
                )
                own, other = costs["check"], costs["peer"]
                if name == "ripgrep":
                    print(f"{corpus}: check takes {own.work:.2f} s of processors, {own.wall:.2f} s")
                    memory = own.memory / 2**20
                    most = 150 if corpus == "python" else None
                    holds.append(measure.row(f"{corpus}: peak memory of check", memory, most, "MiB"))
                    kept = costs["kept"].work / other.work
                    measure.row(f"{corpus}: check with its cache over ripgrep, processor time", kept, None)
                limit = bound if name == "ripgrep" else None
                holds.append(measure.row(f"{corpus}: check over {name}, processor time", own.work / other.work, limit))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    if subprocess.run(["rg", "--version"], capture_output=True, check=False).returncode:
        raise SystemExit("ripgrep is needed")
    sys.exit(main())
