"""Every output format against the schema that its readers publish, in process: SARIF, rdjson, GitLab Code Quality, JUnit and
Checkstyle; commands of GitHub Actions and Markdown by a parser of their own kind.

Owns the schemas (where they are, at which commit) and one check per format; `integrations.py` says what is looked at. A
schema is taken from a folder that is given, as `rdjson.json`, `junit.xsd` and so on, or fetched once. None is kept in the
repository.
"""

import json
import pathlib
import random
import re
import subprocess
import urllib.error
import urllib.request

# All of them under the MIT licence.
PUBLISHED = {
    "rdjson.json": (
        "reviewdog/reviewdog", "34a54e5b85daba36f973c910b1a6df937ebf37bc", "proto/rdf/jsonschema/DiagnosticResult.json",
    ),
    "gitlab.json": (
        "gitlabhq/gitlabhq", "33827e3a534757eead42e6c17460564c49ff1c3a", "app/validators/json_schemas/codeclimate.json",
    ),
    "junit.xsd": (
        "jenkinsci/xunit-plugin", "ae25da5089d4f94ac6c4669bf736e4d416cc4665",
        "src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd",
    ),
    "checkstyle.xsd": (
        "PHP-CS-Fixer/PHP-CS-Fixer", "1b1b78fc62ec1b0baaf6e7be7a2f1b84a0bf4ff7", "doc/schemas/fix/checkstyle.xsd",
    ),
}
FORMATS = ("sarif", "rdjson", "gitlab", "junit", "checkstyle", "github", "markdown")
# Texts that mean something to one format or another.
HOSTILE = (
    "\n::error file=x::PWNED", "\r\n##[error]PWNED", "%0A::warning::x", "::stop-commands::t", "\x1b[31mred\x1b[0m",
    "\x9b2J", "\u202egnp.exe", "</script><script>alert(1)</script>", "<img src=x onerror=y>", "]]><!--", "&lt;&amp;&#0;",
    "\x00\x01\x08\x0b\x0c\x1f\x7f", "\ufffe\uffff", "\u2028\u2029\x85", "[click](http://x)", "![x](http://x)", "|a|b|\n|-|-|",
    "`code` ``", "@team #1 !2", "# heading\n> quote", "\"quoted\" 'x' \\", "{\"rule\":\"x\"}", "\t", "", " ", "../../etc/passwd",
    "C:\\x", "ü日本語🎉", "-->", "<!DOCTYPE x [", "http://example.com/x", "www.example.com", "<http://x>", "a\\\n\\|b",
)


class Unreachable:
    """In the place of a schema that cannot be had here: the rules of our own still hold."""

    def validate(self, document):
        pass


class Validators:
    def __init__(self, sarif, given, scratch):
        import jsonschema
        import xmlschema

        def path(name):
            if given:
                return given / name
            repository, commit, inside = PUBLISHED[name]
            target = scratch / name
            url = f"https://raw.githubusercontent.com/{repository}/{commit}/{inside}"
            try:
                with urllib.request.urlopen(url, timeout=60) as answer:
                    target.write_bytes(answer.read())
            except urllib.error.HTTPError:
                raise
            except OSError as error:
                # Nothing is wrong with a format because a host is out of reach; what was not looked at is said.
                print(f"      NOT JUDGED by its schema: {name}: cannot reach {url}: {error}", flush=True)
                return None
            return target

        def by_json(found):
            if not found:
                return Unreachable()
            schema = json.loads(found.read_text())
            return jsonschema.validators.validator_for(schema)(schema)

        def by_xml(found):
            return xmlschema.XMLSchema10(str(found)) if found else Unreachable()

        self.sarif = by_json(sarif)
        self.rdjson = by_json(path("rdjson.json"))
        self.gitlab = by_json(path("gitlab.json"))
        self.junit = by_xml(path("junit.xsd"))
        self.checkstyle = by_xml(path("checkstyle.xsd"))

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
            assert entry["location"]["lines"]["begin"] > 0 and not entry["location"]["path"].startswith("./"), entry

    def check_junit(self, text, items):
        self.junit.validate(text)
        assert text.count("<failure") == sum(item["severity"] != "note" for item in items)

    def check_checkstyle(self, text, items):
        self.checkstyle.validate(text)
        assert text.count("<error ") == len(items)

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
