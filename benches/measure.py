"""Runs programs in turns and tells what each cost. Owns the measurement; what is run and compared is its callers'."""

import os
import pathlib
import statistics
import subprocess
from collections.abc import Callable
from typing import NamedTuple


class Cost(NamedTuple):
    """What one run took: seconds of processors and of the clock, and bytes of memory at most."""

    work: float
    wall: float
    memory: int


def run(command: list[str], folder: pathlib.Path) -> Cost:
    """Runs a program without its output. Exit codes above 1 are errors: 1 says that something was found. Nothing that an earlier
    run kept is used, unless the program is told where it is."""
    environment = {**os.environ, "FLAG_SWEEP_NO_CACHE": "" if "--cache-dir" in command else "1"}
    started = os.times().elapsed
    child = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}: {said.decode(errors='replace')[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, os.times().elapsed - started, usage.ru_maxrss << 10)


def in_turns(rounds: int, runs: dict[str, Callable[[], Cost]]) -> dict[str, Cost]:
    """The median of every figure. The first round only warms caches."""
    found: dict[str, list[Cost]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, one in runs.items():
            cost = one()
            if number > 0:
                found[name].append(cost)
    return {
        name: Cost(
            statistics.median(cost.work for cost in costs),
            statistics.median(cost.wall for cost in costs),
            max(cost.memory for cost in costs),
        )
        for name, costs in found.items()
    }


def row(what: str, figure: float, bound: float | None, unit: str = "x") -> bool:
    """Prints a figure beside its bound. Whether it holds."""
    holds = bound is None or figure <= bound
    shown = "" if bound is None else f"at most {bound:g}{unit}"
    print(f"{what:62} {figure:8.2f}{unit:4} {shown:16} {'' if bound is None else 'pass' if holds else 'FAIL'}", flush=True)
    return holds
