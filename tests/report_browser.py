#!/usr/bin/env python3
"""Opens the HTML report in Chromium, as people do: from disk, with a network that would be noticed.

    tests/report_browser.py --bin target/debug/flag-sweep [--screenshots FOLDER]

Needs Chromium and its driver (Debian: apt-get install chromium chromium-driver) and nothing else. Looks at the report of the
demo and of a made-up registry of 1,000 flags: no message on the console, no request but the file itself, sorting and filtering
work, every row is there without the script, the page prints, the file is at most 1.5 MB and the same when written again.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
LARGEST = 1_500_000
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1240,1000"]


class Driver:
    """What of the WebDriver protocol is needed."""

    def __init__(self, program, chromium, folder, *, script=True):
        self.process = subprocess.Popen([program, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if found := re.search(r"success\w* on port (\d+)", line):
                self.base = f"http://127.0.0.1:{found[1]}"
                break
        else:
            raise SystemExit("the driver did not start")
        arguments = [*OPTIONS, f"--user-data-dir={folder}"] + ([] if script else ["--blink-settings=scriptEnabled=false"])
        options = {"binary": chromium, "args": arguments, "perfLoggingPrefs": {"enableNetwork": True}}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self.session = ""
        self.session = "/session/" + self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + self.session + path, data, {"Content-Type": "application/json"},
                                         method=method)
        try:
            # No proxy stands between.
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with direct.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{path}: {error.read().decode()[:500]}") from error

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def devtools(self, command, **parameters):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def logs(self, kind):
        return self.ask("POST", "/se/log", {"type": kind})

    def close(self):
        with contextlib.suppress(Exception):
            self.ask("DELETE", "")
        self.process.terminate()
        self.process.wait(30)


def registry(folder, flags):
    """A project of as many flags as wanted, of all sorts."""
    entries, code = {}, ["from UnleashClient import UnleashClient", "", "client = UnleashClient()", ""]
    for number in range(flags):
        key = f"synthetic-flag-{number:04}"
        day = f"20{20 + number % 7:02}-{1 + number % 12:02}-{1 + number % 28:02}"
        state = [{"state": True, "since": day}, {"state": "25%"}, {"state": False, "since": day}][number % 3]
        entries[key] = {**state, "created": day, "owner": f"team-{number % 17}"}
        code += [f"def page_{number}():", f"    if client.is_enabled(\"{key}\"):", f"        return new({number})",
                 f"    log(\"old {number}\")", f"    return old({number})", "", ""]
    (folder / "flags.json").write_text(json.dumps({"flags": entries}))
    for part in range(10):
        share = code[4 + part * (len(code) - 4) // 10 // 7 * 7: 4 + (part + 1) * (len(code) - 4) // 10 // 7 * 7]
        (folder / f"part_{part}.py").write_text("\n".join(code[:4] + share) + "\n")


def check(condition, message):
    if not condition:
        raise SystemExit(f"failed: {message}")


def hashes(text):
    """The policy names the script and the style by their hashes."""
    for tag in ("style", "script"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        wanted = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        check(f"{tag}-src 'sha256-{wanted}'" in text, f"the hash of {tag} is {wanted}: put it into src/report/debt/html.rs")


SORT = """
const table = document.querySelector('#flags table');
const button = table.tHead.rows[0].cells[arguments[0]].querySelector('button');
button.click();
return [...table.tBodies[0].rows].map(row => {
  const cell = row.cells[arguments[0]];
  return cell.dataset.v === undefined ? cell.textContent.toLowerCase() : Number(cell.dataset.v);
});
"""
FILTER = """
const input = document.querySelector('#flags input[type=search]');
input.value = arguments[0];
input.dispatchEvent(new Event('input'));
const rows = [...document.querySelectorAll('#flags tbody tr')];
return [rows.filter(row => row.offsetParent !== null).length,
        rows.filter(row => row.textContent.toLowerCase().includes(arguments[0])).length,
        document.querySelector('#flags [role=status]').textContent];
"""


WIDTHS = (1240, 1600)
CUT = """
return [...document.querySelectorAll('.wrap')].filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => `${one.querySelector('caption').textContent}: ${one.scrollWidth} of ${one.clientWidth}`);
"""


def look(program, chromium, page, word, screenshots):
    """Everything that a browser can tell about a page."""
    name = page.stem
    folder = pathlib.Path(tempfile.mkdtemp())
    browser = Driver(program, chromium, folder)
    try:
        # What the browser's own first page asks for is not of interest.
        browser.ask("POST", "/url", {"url": "about:blank"})
        time.sleep(0.5)
        browser.logs("performance")
        browser.logs("browser")
        browser.ask("POST", "/url", {"url": page.as_uri()})
        time.sleep(0.5)
        rows = browser.run("return document.querySelectorAll('#flags tbody tr').length")
        check(rows > 0, f"{name}: no flag is shown")
        for column in (0, 3):
            up = browser.run(SORT, column)
            down = browser.run(SORT, column)
            check({tuple(up), tuple(down)} == {tuple(sorted(up)), tuple(sorted(up, reverse=True))}
                  or (up in (sorted(up), sorted(up, reverse=True)) and sorted(up) == sorted(down)),
                  f"{name}: column {column} does not sort")
        shown, holding, status = browser.run(FILTER, word)
        check(shown == holding and 0 < shown < rows, f"{name}: {shown} of {rows} rows hold {word!r}, {holding} should")
        check(status == f"{shown} of {rows}", f"{name}: the filter says {status!r}")
        browser.run(FILTER, "")
        focus = browser.run("const b = document.querySelector('#flags th button'); b.focus();"
                            "return document.activeElement === b")
        check(focus, f"{name}: headings cannot be reached by keyboard")
        for scheme in ("light", "dark"):
            browser.devtools("Emulation.setEmulatedMedia",
                             features=[{"name": "prefers-color-scheme", "value": scheme}])
            colour = browser.run("return getComputedStyle(document.body).backgroundColor")
            dark = sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 128
            check(dark == (scheme == "dark"), f"{name}: the background is {colour} in {scheme} mode")
            for width in WIDTHS:
                browser.devtools("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1,
                                 mobile=False)
                cut = browser.run(CUT)
                check(not cut, f"{name}: tables are cut at {width} pixels: {cut}")
                if not screenshots:
                    continue
                height = min(browser.run("return document.documentElement.scrollHeight"), 4200)
                image = browser.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                                         clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})
                (screenshots / f"{name}-{scheme}-{width}.png").write_bytes(base64.b64decode(image["data"]))
        messages = browser.logs("browser")
        check(not messages, f"{name}: the console says {messages[:3]}")
        sent = [json.loads(entry["message"])["message"] for entry in browser.logs("performance")]
        urls = {one["params"]["request"]["url"] for one in sent if one["method"] == "Network.requestWillBeSent"
                and one["params"].get("documentURL") == page.as_uri()}
        check(urls == {page.as_uri()}, f"{name}: it asks for {sorted(urls)}")
    finally:
        browser.close()
        shutil.rmtree(folder, ignore_errors=True)
    folder = pathlib.Path(tempfile.mkdtemp())
    browser = Driver(program, chromium, folder, script=False)
    try:
        browser.ask("POST", "/url", {"url": page.as_uri()})
        document = browser.devtools("DOM.getDocument")
        found = browser.devtools("DOM.querySelectorAll", nodeId=document["root"]["nodeId"], selector="#flags tbody tr")
        check(len(found["nodeIds"]) == rows, f"{name}: rows are missing without the script")
        buttons = browser.devtools("DOM.querySelectorAll", nodeId=document["root"]["nodeId"], selector="button, input")
        check(not buttons["nodeIds"], f"{name}: there are controls that do nothing without the script")
    finally:
        browser.close()
        shutil.rmtree(folder, ignore_errors=True)
    # The driver gives printing ten seconds, which a busy machine may need.
    folder = pathlib.Path(tempfile.mkdtemp())
    printed = folder / "page.pdf"
    subprocess.run([chromium, *OPTIONS, f"--user-data-dir={folder}", f"--print-to-pdf={printed}", page.as_uri()],
                   check=True, capture_output=True, timeout=300)
    check(printed.read_bytes().startswith(b"%PDF") and printed.stat().st_size > 10_000, f"{name}: it does not print")
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{name}: {rows} flags, {page.stat().st_size:,} bytes: fine")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    parser.add_argument("--driver", default=shutil.which("chromedriver"))
    parser.add_argument("--screenshots", type=pathlib.Path)
    arguments = parser.parse_args()
    if not (arguments.chromium and arguments.driver):
        sys.exit("chromium and chromedriver are needed")
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        synthetic = scratch / "synthetic"
        synthetic.mkdir()
        registry(synthetic, 1000)
        for name, project, word in (("demo", ROOT / "fixtures/demo", "team-"), ("thousand", synthetic, "flag-07")):
            page, again = scratch / f"{name}.html", scratch / f"{name}-again.html"
            for output in (page, again):
                command = [arguments.bin.resolve(), "report", "--format", "html", "--today", "2026-11-21", "--quiet",
                           "--output", output, project]
                subprocess.run(command, check=True, cwd=project)
            check(page.read_bytes() == again.read_bytes(), f"{name}: it is not the same when written again")
            check(page.stat().st_size <= LARGEST, f"{name}: {page.stat().st_size} bytes are more than {LARGEST}")
            hashes(page.read_text())
            if arguments.screenshots:
                shutil.copy(page, arguments.screenshots)
            look(arguments.driver, arguments.chromium, page, word, arguments.screenshots)


if __name__ == "__main__":
    main()
