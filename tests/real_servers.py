#!/usr/bin/env python3
"""flag-sweep against servers and frameworks as people run them: Unleash on PostgreSQL, tables of flags in PostgreSQL and
SQLite, and django-waffle on SQLite.

Flags are made through Unleash's own API, pulled, judged and retired; so are 200 random rows of a table in each database,
whose answers an evaluator written here gives; 200 random waffle flags are judged and asked of waffle itself, for many
users. Installs what it needs (apt-get, npm, pip; versions are pinned below) into target/real-servers, listens on loopback
only, and stops what it started by process id.

    python3 tests/real_servers.py [--bin FILE] [--only unleash|tables|waffle]
"""

import argparse
import contextlib
import glob
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request

UNLEASH = "unleash-server@7.5.1"
DJANGO = ["Django==5.2.8", "django-waffle==5.0.0"]
ADMIN = "*:*.canary-real-servers-admin"
PASSWORD = "canary-real-servers-password"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CACHE = os.path.join(ROOT, "target", "real-servers")
STARTED = []


def say(text):
    print(text, flush=True)


def run(command, **options):
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, log, **options):
    """Starts a program in a group of its own, to be stopped at the end by its id."""
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **options)
    STARTED.append(process)
    return process


def stop():
    for process in reversed(STARTED):
        if process.poll() is None:
            # SIGINT is PostgreSQL's fast shutdown.
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def expect(what, actual, wanted):
    if actual != wanted:
        sys.exit(f"FAILED: {what}: {actual!r} instead of {wanted!r}")


# PostgreSQL and Unleash


def postgres(folder, log, name="postgres"):
    """A database server of our own, as Debian packages it; it refuses to run as root."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not found:
        say("installing postgresql")
        run(["apt-get", "install", "-y", "--no-install-recommends", "postgresql"])
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    binaries = found[-1]
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    data = os.path.join(folder, name)
    os.mkdir(data)
    if user:
        shutil.chown(data, "postgres")
        os.chmod(folder, 0o755)
    number = port()
    run(user + [f"{binaries}/initdb", "-A", "trust", "-U", "unleash", "-D", data], cwd="/")
    start(
        user + [f"{binaries}/postgres", "-D", data, "-p", str(number), "-k", data, "-c", "listen_addresses=127.0.0.1",
                "-c", "fsync=off"],
        log,
        cwd="/",
    )
    for _ in range(120):
        ready = subprocess.run([f"{binaries}/pg_isready", "-h", "127.0.0.1", "-p", str(number), "-U", "unleash"], capture_output=True)
        if ready.returncode == 0:
            return number
        time.sleep(0.5)
    sys.exit("PostgreSQL did not start")


def unleash(folder, log):
    server = os.path.join(CACHE, "node_modules", "unleash-server", "dist", "server.js")
    version = run(["node", "--version"]).strip()
    if int(version.lstrip("v").split(".")[0]) < 20:
        sys.exit(f"{UNLEASH} needs Node.js 20, this is {version}")
    if not os.path.exists(server):
        say(f"installing {UNLEASH}")
        os.makedirs(CACHE, exist_ok=True)
        run(["npm", "install", "--no-audit", "--no-fund", "--prefix", CACHE, UNLEASH])
    database = postgres(folder, log)
    number = port()
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(database),
        "DATABASE_USERNAME": "unleash",
        "DATABASE_PASSWORD": "unleash",
        "DATABASE_NAME": "postgres",
        "DATABASE_SSL": "false",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(number),
        "CHECK_VERSION": "false",
        "SEND_TELEMETRY": "false",
        "INIT_ADMIN_API_TOKENS": ADMIN,
        "LOG_LEVEL": "warn",
    }
    process = start(["node", server], log, env=variables, cwd=folder)
    address = f"http://127.0.0.1:{number}"
    for _ in range(360):
        if process.poll() is not None:
            sys.exit("Unleash ended early")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                if b"GOOD" in answer.read():
                    return address
        except OSError:
            pass
        time.sleep(0.5)
    sys.exit("Unleash did not start")


class Api:
    def __init__(self, address):
        self.address = address

    def __call__(self, method, path, body=None, wanted=(200, 201, 202, 204)):
        request = urllib.request.Request(f"{self.address}/api/admin{path}", method=method)
        request.add_header("Authorization", ADMIN)
        data = None
        if body is not None:
            request.add_header("Content-Type", "application/json")
            data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, data, timeout=60) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        if status not in wanted:
            sys.exit(f"{method} {path}: {status} {text[:500]!r}")
        return json.loads(text) if text else None


def flexible(rollout, stickiness="default", **more):
    parameters = {"rollout": str(rollout), "stickiness": stickiness, "groupId": "g"}
    return {"name": "flexibleRollout", "parameters": parameters, "constraints": [], "segments": [], **more}


def make_flags(api):
    """One flag of each kind, on in production as its strategy says."""
    country = {"contextName": "country", "operator": "IN", "values": ["DE"], "inverted": False, "caseInsensitive": False}
    segment = api("POST", "/segments", {"name": "beta", "constraints": [country]})["id"]
    red_blue = [
        {"name": name, "weight": 500, "weightType": "variable", "stickiness": "default"} for name in ("red", "blue")
    ]
    strategies = {
        "rolled-out": flexible(100),
        "partial": flexible(25),
        "sticky": flexible(100, "userId"),
        "targeted": flexible(100, constraints=[country]),
        "segment": flexible(100, segments=[segment]),
        "disabled": flexible(100),
        "parent": flexible(100),
        "dependent": flexible(100),
        "variant": flexible(100, variants=red_blue),
        "archived": flexible(100),
        "retired": flexible(100),
    }
    # More than a page, so that paging is real.
    many = {f"bulk-{number:03}": flexible(100) for number in range(120)}
    for name, strategy in {**strategies, **many}.items():
        api("POST", "/projects/default/features", {"name": name, "type": "release"})
        if name in many:
            continue
        path = f"/projects/default/features/{name}/environments/production"
        api("POST", f"{path}/strategies", strategy)
        if name != "disabled":
            api("POST", f"{path}/on")
    api("POST", "/projects/default/features/dependent/dependencies", {"feature": "parent", "enabled": True})
    api("DELETE", "/projects/default/features/archived")
    return [*strategies, *many]


def verdicts(sweep, project, arguments=()):
    """Each flag's verdict, with the one value that its required environments serve, and why it stays."""
    listed = json.loads(sweep(project, "flags", "--output-format", "json", "--trust-undated", *arguments))
    judged = {}
    for row in listed["flags"]:
        served = [state["serves"] for state in row["states"] if state["required"]]
        values = {text.split("`")[1] == "true" for text in served if text.startswith(("`", "off, `"))}
        value = values.pop() if row["verdict"] == "remove" and len(values) == 1 else None
        judged[row["key"]] = (row["verdict"] == "remove", value, row["why"] or "; ".join(served))
    return judged


@contextlib.contextmanager
def servers(folder, name):
    """A log for what is started meanwhile, which ends with the block; where the block fails, its last words are shown."""
    with open(os.path.join(folder, name), "w+") as log:
        try:
            yield log
        except BaseException:
            log.seek(0)
            say(log.read()[-3000:])
            raise
        finally:
            stop()


def try_unleash(sweep, folder):
    with servers(folder, "servers.log") as log:
        address = unleash(folder, log)
        api = Api(address)
        names = make_flags(api)
        judge_and_retire(sweep, folder, address, api, names)


def judge_and_retire(sweep, folder, address, api, names):
    project = os.path.join(folder, "project")
    os.mkdir(project)
    run(["git", "init", "-q", project])
    with open(os.path.join(project, "shop.py"), "w") as code:
        code.write("from UnleashClient import UnleashClient\n\nclient = UnleashClient(url='u', app_name='a')\n")
        for name in names:
            if not name.startswith("bulk-"):
                code.write(f"if client.is_enabled('{name}'):\n    print('new {name}')\nelse:\n    print('old {name}')\n")
    os.environ["UNLEASH_API_TOKEN"] = ADMIN
    said = sweep(project, "pull", "unleash", "--url", address, errors=True)
    say(said.strip())
    snapshot = os.path.join(project, ".flag-sweep", "unleash.snapshot.json")
    expect("mode of the snapshot", oct(os.stat(snapshot).st_mode & 0o777), "0o600")
    text = open(snapshot).read()
    expect("token in the snapshot", ADMIN in text, False)
    pulled = json.loads(text)
    expect("environments", sorted(pulled["environments"]), ["development", "production"])
    held = {feature["name"] for part in pulled["documents"] for feature in part["document"]["features"]}
    expect("flags that were pulled", held, set(names))

    rows = verdicts(sweep, project)
    wanted = {
        "rolled-out": (True, True),
        "parent": (True, True),
        "dependent": (True, True),
        "variant": (True, True),
        "retired": (True, True),
        "partial": (False, None),
        "sticky": (False, None),
        "targeted": (False, None),
        "segment": (False, None),
        "disabled": (False, None),
        "archived": (False, None),
    }
    for name, verdict in wanted.items():
        say(f"  {name}: {'remove' if rows[name][0] else 'keep'}, {rows[name][2]}")
    for name, verdict in wanted.items():
        expect(f"verdict of {name} (removed, value)", rows[name][:2], verdict)

    # The code is fixed, then the flag is retired; before that it is refused.
    refused = sweep(project, "retire", "retired", "--apply", "--url", address, code=2, errors=True)
    expect("refusal of retire", "still in use" in refused, True)
    sweep(project, "check", "--fix", "--unsafe-fixes", "--allow-dirty", "--trust-undated", "--flag", "retired", code=None)
    code = open(os.path.join(project, "shop.py")).read()
    expect("the losing branch", "old retired" in code, False)
    expect("the winning branch", "print('new retired')" in code, True)
    shown = sweep(project, "retire", "retired", "--url", address)
    expect("the request is shown", "curl -X DELETE" in shown and "/api/admin/projects/default/features/retired" in shown, True)
    expect("the token is not shown", ADMIN in shown, False)
    expect("archived yet", api("GET", "/projects/default/features/retired")["archived"], False)
    sweep(project, "retire", "retired", "--apply", "--url", address)
    gone = api("GET", "/search/features?project=IS:default&archived=IS:true&limit=100")
    expect("archived at Unleash", sorted(feature["name"] for feature in gone["features"]), ["archived", "retired"])
    # A flag with children is not archived below them.
    code = "\n".join(line for line in code.split("\n") if "import" in line or "client =" in line)
    open(os.path.join(project, "shop.py"), "w").write(code)
    refused = sweep(project, "retire", "parent", "--apply", "--url", address, code=2, errors=True)
    expect("refusal because of a child", "`dependent` depends on it" in refused, True)

    # A wrong token is an error, and what was pulled stays.
    os.environ["UNLEASH_API_TOKEN"] = "*:*.wrong"
    failed = sweep(project, "pull", "unleash", "--url", address, code=2, errors=True)
    expect("a wrong token", "look at the token in $UNLEASH_API_TOKEN" in failed, True)
    expect("the old snapshot", open(snapshot).read() == text, True)
    say(f"Unleash: {len(names)} flags pulled, {len(wanted)} judged as wanted, one retired")


# Tables of flags


TABLES = """
[[checks]]
language = "python"
pattern = "flags.is_on($KEY)"

[[registries]]
table = "feature_flags"
override-tables = [{table = "tenant_flags", flag = "flag"}]

[registries.semantics]
overrides = []
bucket = "0..99"
compare = "lt"
user-none = "NOBODY"
percentage-absent = 100
users-empty = "nobody"
"""
COLUMNS = "name, enabled, rollout_percentage, allowed_users"


def bucket(flag, user):
    return int(hashlib.sha256(f"{flag}:{user}".encode()).hexdigest(), 16) % 100


def evaluate(row, tenants, user, tenant, nobody):
    """What the declared semantics say, as an application would."""
    name, enabled, percentage, users = row
    if tenant in tenants.get(name, ()):
        return not enabled
    if not enabled:
        return False
    if user is not None and user in json.loads(users or "[]"):
        return True
    if user is None:
        return nobody == "on"
    return bucket(name, user) < (100 if percentage is None else percentage)


def random_rows(chance):
    rows = []
    for number in range(200):
        users = chance.choice([None, None, "[]", '["user-1"]', '["user-1", "user-2"]'])
        percentage = chance.choice([None, 100, 100, 100, 0, 0, 1, 25, 99])
        rows.append((f"flag-{number}", chance.random() < 0.7, percentage, users))
    return rows


def make_tables(execute, rows, tenants):
    """The same statements for both databases."""
    execute(
        "CREATE TABLE feature_flags (id INTEGER PRIMARY KEY, name VARCHAR(80) UNIQUE NOT NULL, enabled BOOLEAN NOT NULL,"
        " rollout_percentage INTEGER, allowed_users TEXT, updated_at TIMESTAMP)"
    )
    execute("CREATE TABLE tenant_flags (tenant INTEGER, flag VARCHAR(80) REFERENCES feature_flags (name))")
    text = lambda value: "NULL" if value is None else str(value) if isinstance(value, (bool, int)) else f"'{value}'"
    for number, row in enumerate(rows):
        execute(f"INSERT INTO feature_flags VALUES ({number}, {', '.join(map(text, row))}, '2026-01-01 09:00:00')")
    for flag, own in tenants.items():
        for tenant in own:
            execute(f"INSERT INTO tenant_flags VALUES ({tenant}, '{flag}')")


def judge_tables(sweep, project, what, nobody, rows, tenants, reader, writer, count):
    os.mkdir(project)
    run(["git", "init", "-q", project])
    with open(os.path.join(project, "flag-sweep.toml"), "w") as file:
        file.write(TABLES.replace("NOBODY", nobody))
    with open(os.path.join(project, "app.py"), "w") as code:
        code.write("def run(flags):\n")
        for name, *_ in rows[1:]:
            code.write(f"    if flags.is_on('{name}'):\n        print('{name}')\n")
    os.environ["FLAG_SWEEP_DATABASE"] = reader
    judged = verdicts(sweep, project, ["--remove-off"])
    users = [None, *(f"user-{number}" for number in range(1500))]
    claimed = constant = 0
    for row in rows:
        seen = {evaluate(row, tenants, user, tenant, nobody) for user in users for tenant in (1, 2)}
        removed, value, why = judged[row[0]]
        constant += len(seen) == 1
        claimed += removed
        if removed:
            expect(f"what an evaluator says of {row}, which is judged {value} ({why})", seen, {value})
    say(f"{what}: {claimed} of 200 random rows judged constant, {constant} answered the same to everybody")
    if claimed < 0.95 * constant:
        sys.exit(f"FAILED: only {claimed} of {constant} constant rows are found")

    # From a snapshot, without the database.
    say(sweep(project, "pull", "sql", errors=True).strip())
    snapshot = os.path.join(project, ".flag-sweep", "sql.snapshot.json")
    expect("mode of the snapshot", oct(os.stat(snapshot).st_mode & 0o777), "0o600")
    expect("the password in the snapshot", PASSWORD in open(snapshot).read(), False)
    del os.environ["FLAG_SWEEP_DATABASE"]
    shown = {name: (removed, value) for name, (removed, value, _) in verdicts(sweep, project, ["--remove-off"]).items()}
    expect("verdicts from the snapshot", shown, {name: judged[name][:2] for name in judged})

    # What is checked stays; what nothing checks goes with its overrides.
    os.environ["FLAG_SWEEP_DATABASE"] = reader
    refused = sweep(project, "retire", "flag-1", "--apply", code=2, errors=True)
    expect("refusal because of a check", "`flag-1` is still in use (1 place)" in refused, True)
    before = count("feature_flags"), count("tenant_flags")
    shown = sweep(project, "retire", "flag-0")
    expect("the statement", "DELETE FROM \"feature_flags\" WHERE \"name\" = 'flag-0';" in shown, True)
    expect("rows after a look", (count("feature_flags"), count("tenant_flags")), before)
    if reader != writer:
        refused = sweep(project, "retire", "flag-0", "--apply", code=2, errors=True)
        expect("a role that may only read", "permission denied" in refused, True)
        expect("rows after a refusal", (count("feature_flags"), count("tenant_flags")), before)
        os.environ["FLAG_SWEEP_DATABASE"] = writer
    sweep(project, "retire", "flag-0", "--apply")
    own = len(tenants.get("flag-0", ()))
    expect("rows that are left", (count("feature_flags"), count("tenant_flags")), (before[0] - 1, before[1] - own))
    sweep(project, "retire", "flag-0", "--apply", code=2)
    del os.environ["FLAG_SWEEP_DATABASE"]


def try_sqlite(sweep, folder, chance):
    outside = os.path.join(folder, "app.sqlite3")
    database = sqlite3.connect(outside)
    rows, tenants = random_rows(chance), {"flag-0": [1], "flag-7": [1, 2]}
    make_tables(database.execute, rows, tenants)
    database.commit()
    count = lambda table: database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
    before = open(outside, "rb").read()
    project = os.path.join(folder, "sqlite-project")
    judge_tables(sweep, project, "SQLite", "on", rows, tenants, outside, outside, count)
    expect("a database that changed by more than the rows", len(open(outside, "rb").read()), len(before))
    database.close()


def certify(folder, data, ask):
    """Two authorities in `folder`, a certificate for the server in `data` from the first, and TLS from now on."""
    at = lambda name: os.path.join(folder, name)
    for name in ("ours", "other"):
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
             "-keyout", at(f"{name}.key"), "-out", at(f"{name}.pem")])
    run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
         "-keyout", os.path.join(data, "server.key"), "-out", at("server.csr")])
    with open(at("server.ext"), "w") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run(["openssl", "x509", "-req", "-in", at("server.csr"), "-CA", at("ours.pem"), "-CAkey", at("ours.key"), "-CAcreateserial",
         "-days", "2", "-extfile", at("server.ext"), "-out", os.path.join(data, "server.crt")])
    for name in ("server.key", "server.crt"):
        os.chmod(os.path.join(data, name), 0o600)
        if os.geteuid() == 0:
            shutil.chown(os.path.join(data, name), "postgres")
    ask("ALTER SYSTEM SET ssl = on;")
    ask("SELECT pg_reload_conf();")
    for _ in range(100):
        if ask("SHOW ssl;") == "on":
            return
        time.sleep(0.1)
    sys.exit("PostgreSQL did not take its certificate")


def try_postgresql(sweep, folder, chance, log):
    number = postgres(folder, log, "postgres-tables")
    psql = [os.path.join(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1], "psql"), "-h", "127.0.0.1", "-p", str(number)]

    def ask(text, *more):
        return run([*psql, "-U", "unleash", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qtA", *more], input=text).strip()

    statements = []
    rows, tenants = random_rows(chance), {"flag-0": [1], "flag-7": [1, 2]}
    make_tables(statements.append, rows, tenants)
    statements += [
        f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'",
        f"CREATE ROLE writer LOGIN PASSWORD '{PASSWORD}'",
        "GRANT SELECT ON feature_flags, tenant_flags TO reader, writer",
        "GRANT DELETE ON feature_flags, tenant_flags TO writer",
        # Reading a view may run anything: a session that can only read runs it in vain.
        "CREATE TABLE traces (at TIMESTAMP)",
        "CREATE FUNCTION note() RETURNS TEXT LANGUAGE plpgsql SECURITY DEFINER AS"
        " $$ BEGIN INSERT INTO traces VALUES (now()); RETURN 'x'; END $$",
        "CREATE VIEW noting AS SELECT name, enabled, note() AS description FROM feature_flags",
        "GRANT SELECT ON noting TO reader",
    ]
    ask(";\n".join(statements) + ";")
    count = lambda table: int(ask(f"SELECT count(*) FROM {table}"))
    address = lambda role: f"postgres://{role}:{PASSWORD}@127.0.0.1:{number}/postgres"
    project = os.path.join(folder, "postgresql-project")
    judge_tables(sweep, project, "PostgreSQL", "on", rows, tenants, address("reader"), address("writer"), count)

    with open(os.path.join(project, "flag-sweep.toml"), "w") as file:
        file.write(TABLES.replace("NOBODY", "off").replace('"feature_flags"', '"noting"'))
    os.environ["FLAG_SWEEP_DATABASE"] = address("reader")
    failed = sweep(project, "flags", code=2, errors=True)
    expect("a view that writes", "read-only transaction" in failed, True)
    expect("what it wrote", count("traces"), 0)
    for wrong in (f"postgres://nobody:{PASSWORD}@127.0.0.1:{number}/postgres", address("reader") + "-missing",
                  f"postgres://reader:{PASSWORD}@127.0.0.1:{port()}/postgres"):
        os.environ["FLAG_SWEEP_DATABASE"] = wrong
        for command in (["flags"], ["pull", "sql"], ["retire", "flag-3"]):
            sweep(project, *command, code=2)
    with open(os.path.join(project, "flag-sweep.toml"), "w") as file:
        file.write(TABLES.replace("NOBODY", "on"))
    certify(folder, os.path.join(folder, "postgres-tables"), ask)
    # TLS is required, and the server's certificate has to come from the authority that the address names.
    for more, code in (("sslmode=verify-full", 2), ("sslmode=verify-full&sslrootcert=OURS", 0),
                       ("sslrootcert=OURS&sslmode=require", 0), ("sslmode=require&sslrootcert=OTHER", 2),
                       ("sslmode=require&sslrootcert=MISSING", 2), ("sslmode=disable", 0)):
        for name in ("ours", "other", "missing"):
            more = more.replace(name.upper(), os.path.join(folder, f"{name}.pem"))
        os.environ["FLAG_SWEEP_DATABASE"] = f"{address('reader')}?{more}"
        sweep(project, "flags", code=code)
    del os.environ["FLAG_SWEEP_DATABASE"]
    # The tests in Rust that need a server.
    variables = {**os.environ, "FLAG_SWEEP_TEST_POSTGRESQL": f"postgres://unleash@127.0.0.1:{number}/template1"}
    done = run(["cargo", "test", "-q", "--locked", "--test", "in_house", "--", "postgresql"], cwd=ROOT, env=variables)
    expect("tests in Rust on PostgreSQL", "1 passed" in done, True)


def try_tables(sweep, folder):
    seed = random.randrange(1_000_000)
    say(f"tables: seed {seed}")
    with servers(folder, "tables.log") as log:
        try_sqlite(sweep, folder, random.Random(seed))
        try_postgresql(sweep, folder, random.Random(seed + 1), log)


# django-waffle


SETTINGS = """
    SECRET_KEY = "x"
    INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "waffle"]
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
    DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
    MIDDLEWARE = ["waffle.middleware.WaffleMiddleware"]
    USE_TZ = True
"""

ASK = """
    import json, os, random, sys
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    import django
    django.setup()
    from django.contrib.auth.models import AnonymousUser, Group, User
    from django.test import RequestFactory
    from django.utils import timezone
    import datetime
    import waffle
    from waffle.models import Flag, Sample, Switch

    chance = random.Random(int(sys.argv[1]))
    groups = [Group.objects.create(name=f"group-{n}") for n in range(2)]
    users = []
    for n in range(12):
        user = User.objects.create(username=f"user-{n}", is_staff=n % 3 == 0, is_superuser=n % 4 == 1)
        user.groups.set([group for group in groups if chance.random() < 0.4])
        users.append(user)
    old = timezone.now() - datetime.timedelta(days=400)
    for n in range(200):
        flag = Flag.objects.create(
            name=f"flag-{n}",
            everyone=chance.choice([None, None, None, True, True, False]),
            percent=chance.choice([None, None, None, 0, 25, 99.9]),
            superusers=chance.random() < 0.4,
            staff=chance.random() < 0.2,
            authenticated=chance.random() < 0.2,
            testing=chance.random() < 0.1,
            languages=chance.choice(["", "", "", "de,fr"]),
            note=chance.choice(["", "owner: web"]),
        )
        if chance.random() < 0.2:
            flag.users.add(chance.choice(users))
        if chance.random() < 0.2:
            flag.groups.add(chance.choice(groups))
        Switch.objects.create(name=f"switch-{n}", active=chance.random() < 0.5)
        Sample.objects.create(name=f"sample-{n}", percent=chance.choice([0, 50, 100]))
    for model in (Flag, Switch, Sample):
        model.objects.update(created=old, modified=old)
    answers = {}
    for flag in Flag.objects.all():
        seen = set()
        for attempt in range(4):
            for user in [AnonymousUser(), *users]:
                for language in ("en", "de"):
                    request = RequestFactory().get("/", {"dwft_" + flag.name: "1"} if attempt == 3 else {})
                    request.user = user
                    request.LANGUAGE_CODE = language
                    if attempt == 3:
                        request.COOKIES["dwft_" + flag.name] = "True"
                    seen.add(bool(waffle.flag_is_active(request, flag.name)))
        answers[flag.name] = sorted(seen)
    for switch in Switch.objects.all():
        answers[switch.name] = [bool(waffle.switch_is_active(switch.name))]
    for sample in Sample.objects.all():
        answers[sample.name] = sorted({bool(waffle.sample_is_active(sample.name)) for _ in range(60)})
    json.dump(answers, open("answers.json", "w"))
"""


def try_waffle(sweep, folder):
    python = os.path.join(CACHE, "venv", "bin", "python")
    marker = os.path.join(CACHE, "venv", "installed")
    if not os.path.exists(marker):
        say(f"installing {' '.join(DJANGO)}")
        run([sys.executable, "-m", "venv", os.path.join(CACHE, "venv")])
        run([python, "-m", "pip", "install", "-q", *DJANGO])
        open(marker, "w").close()
    project = os.path.join(folder, "waffle")
    os.mkdir(project)
    run(["git", "init", "-q", project])
    for name, text in (("settings.py", SETTINGS), ("ask.py", ASK)):
        open(os.path.join(project, name), "w").write(textwrap.dedent(text))
    seed = str(random.randrange(1_000_000))
    say(f"waffle: seed {seed}")
    variables = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": project}
    run([python, "-m", "django", "migrate", "-v", "0"], cwd=project, env=variables)
    run([python, "ask.py", seed], cwd=project, env=variables)
    run([python, "-m", "django", "dumpdata", "waffle", "-o", "waffle.json"], cwd=project, env=variables)
    answers = json.load(open(os.path.join(project, "answers.json")))
    with open(os.path.join(project, "views.py"), "w") as code:
        code.write("import waffle\n\ndef view(request):\n")
        for name in answers:
            kind = name.split("-")[0]
            request = "request, " if kind == "flag" else ""
            code.write(f"    if waffle.{kind}_is_active({request}'{name}'):\n        print('{name}')\n")
    rows = verdicts(sweep, project, ["--registry", "waffle.json", "--remove-off"])
    claimed = {"flag": 0, "switch": 0, "sample": 0}
    constant = dict(claimed)
    for name, seen in answers.items():
        removed, value, why = rows[name]
        kind = name.split("-")[0]
        constant[kind] += len(seen) == 1
        if removed:
            claimed[kind] += 1
            expect(f"what waffle says of {name}, which is judged {value} ({why})", seen, [value])
    expect("switches that are judged constant", claimed["switch"], 200)
    for kind in claimed:
        say(f"waffle: {claimed[kind]} of 200 of kind {kind} judged constant, {constant[kind]} answered the same every time")
    if claimed["flag"] < 50:
        sys.exit(f"FAILED: only {claimed['flag']} flags are judged constant")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.path.join(ROOT, "target", "debug", "flag-sweep"))
    parser.add_argument("--only", choices=["unleash", "tables", "waffle"])
    options = parser.parse_args()

    def sweep(project, *arguments, code=0, errors=False):
        done = subprocess.run([options.bin, *arguments], cwd=project, text=True, capture_output=True)
        if any(secret in done.stdout + done.stderr for secret in (ADMIN, PASSWORD)):
            sys.exit(f"FAILED: a secret is in what {arguments} printed")
        if code is not None and done.returncode != code:
            sys.exit(f"FAILED: {arguments} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr if errors else done.stdout

    # What was started is stopped in any case.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    folder = tempfile.mkdtemp(prefix="flag-sweep-servers-")
    try:
        for name, attempt in (("tables", try_tables), ("waffle", try_waffle), ("unleash", try_unleash)):
            if options.only in (None, name):
                began = time.monotonic()
                attempt(sweep, folder)
                say(f"{name}: {time.monotonic() - began:.0f} seconds")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
