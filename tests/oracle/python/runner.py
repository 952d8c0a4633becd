"""Runs generated programs and prints what each of them does, one JSON value per line.

Reads a JSON list of {"flags": {...}, "texts": [...]}; prints for each a list with one observation per text. Owns the
stub SDK and the helpers that programs call; judges nothing.
"""

import inspect
import json
import re
import signal
import sys
import types
import warnings


class Boom(Exception):
    """What programs raise."""


class StepLimit(BaseException):
    """A program did too much; both sides stop at the same step."""


class Timeout(BaseException):
    """A program ran too long; nothing is concluded."""


class Client:
    def __init__(self, flags):
        self.flags = flags

    def is_enabled(self, key, *context):
        return bool(self.flags[key])

    def is_disabled(self, key, *context):
        return not self.flags[key]

    def get_string(self, key, *rest, **more):
        value = self.flags[key]
        return str(value).lower() if isinstance(value, bool) else str(value)

    def get_int(self, key, *rest, **more):
        return int(self.flags[key])

    def get_float(self, key, *rest, **more):
        return float(self.flags[key])

    def variation(self, key, *rest, **more):
        return self.flags[key]

    async def is_enabled_async(self, key, *context):
        return bool(self.flags[key])


class Suppress:
    def __init__(self, log, number, suppress):
        self.log, self.number, self.suppress = log, number, suppress

    def __enter__(self):
        self.log(("enter", self.number))
        return self.number

    def __exit__(self, kind, value, trace):
        self.log(("exit", self.number, kind and kind.__name__))
        return self.suppress and kind is not None and issubclass(kind, Exception)

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, kind, value, trace):
        return self.__exit__(kind, value, trace)


def shown(value, depth=0):
    """A text of a value that is the same in every process."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return re.sub(" at 0x[0-9a-f]+", "", repr(value))[:200]
    if depth > 5:
        return "..."
    if isinstance(value, (list, tuple)):
        return type(value).__name__ + "[" + ", ".join(shown(item, depth + 1) for item in value) + "]"
    if isinstance(value, (set, frozenset)):
        return "set[" + ", ".join(sorted(shown(item, depth + 1) for item in value)) + "]"
    if isinstance(value, dict):
        items = (shown(key, depth + 1) + ": " + shown(item, depth + 1) for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, Exception):
        return type(value).__name__ + shown(value.args, depth + 1) if isinstance(value, Boom) else type(value).__name__
    if isinstance(value, type):
        names = {key: item for key, item in vars(value).items() if not key.startswith("__") or key == "__doc__"}
        return "class " + value.__name__ + shown(names, depth + 1)
    if isinstance(value, types.FunctionType):
        return "function " + value.__name__ + " " + shown(value.__doc__) + shown(value.__defaults__, depth + 1)
    return "<" + type(value).__name__ + ">"


def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


def observe(text, flags):
    entries = []
    steps = [0]

    def note(entry):
        steps[0] += 1
        if steps[0] > 400:
            raise StepLimit
        entries.append(entry)

    def log(number, value=None):
        note(number)
        return value

    async def alog(number, value=None):
        return log(number, value)

    def tick():
        steps[0] += 5
        if steps[0] > 400:
            raise StepLimit

    def show(value):
        note("show " + shown(value))
        return value

    def kw(**named):
        note("kw " + shown(named))
        return named.get("p")

    def ctx(number, suppress=False):
        return Suppress(note, number, suppress)

    def deco(value):
        note("deco " + shown(value))
        return lambda function: function

    def run(function, *arguments):
        try:
            result = function(*arguments)
            if inspect.isgenerator(result):
                note("generator")
                for _, item in zip(range(20), result):
                    note("item " + shown(item))
            elif inspect.isasyncgen(result):
                note("async generator")

                async def drain():
                    count = 0
                    async for item in result:
                        note("item " + shown(item))
                        count += 1
                        if count > 20:
                            break

                drive(drain())
            elif inspect.iscoroutine(result):
                note("coroutine")
                note("result " + shown(drive(result)))
            else:
                note("result " + shown(result))
        except Exception as error:
            note("raised " + shown(error))

    def table(function):
        """What an expression calls and yields, for all values of a call and of a name."""
        rows = []
        for left in (True, False, 0, "x"):
            for right in (True, False, 0, "x"):
                calls = []

                def call():
                    calls.append("a()")
                    return left

                value = function(call, right)
                rows.append(f"{shown(left)} {shown(right)}: {' '.join(calls)} {shown(value)}")
        entries.append("table " + "; ".join(rows))

    names = dict(
        client=Client(flags), log=log, alog=alog, tick=tick, show=show, kw=kw, ctx=ctx, deco=deco, run=run, Boom=Boom, table=table,
        Context=lambda *parts: parts, __name__="program",
    )
    given = set(names)
    outcome = "ended"
    unbound = []

    def trace(frame, event, value):
        # Names that are read unbound, whoever catches it.
        frame.f_trace_lines = False
        if event == "exception" and frame.f_code.co_filename == "program" and issubclass(value[0], NameError):
            unbound.append(1)
        return trace

    try:
        code = compile(text, "program", "exec")
        sys.settrace(trace)
        exec(code, names)
    except SyntaxError as error:
        return {"syntax": str(error)}
    except Timeout:
        return {"timeout": True}
    except BaseException as error:
        outcome = shown(error) if isinstance(error, Exception) else type(error).__name__
    finally:
        sys.settrace(None)
        seen = list(entries)
    left = {key: shown(value) for key, value in names.items() if key not in given and not key.startswith("_")}
    # What starts with an underscore is nobody else's.
    left["__doc__"] = shown(names.get("__doc__"))
    did = {"log": [str(entry) for entry in seen], "outcome": outcome, "names": dict(sorted(left.items()))}
    return did | {"unbound": True} if unbound else did


def expired(signal_number, frame):
    raise Timeout


def main():
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda *_: None
    # Processor time: on a busy machine a short program can take long.
    signal.signal(signal.SIGPROF, expired)
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        programs = json.load(file)
    for program in programs:
        seen = {}
        for text in program["texts"]:
            if text in seen:
                continue
            signal.setitimer(signal.ITIMER_PROF, 1, 0.2)
            try:
                seen[text] = observe(text, program["flags"])
            except Timeout:
                seen[text] = {"timeout": True}
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps([seen[text] for text in program["texts"]]))


main()
