"""A workflow outlives kill -9 at each boundary of each of its steps."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.support.engines import prepare, sqlite_url

PROCESS = Path(__file__).with_name("engine_process.py")
SOURCE = Path(__file__).parents[2] / "src"
STEPS = 10
RESUMED_WITHIN_S = 20.0
"""Generous, because tests share the machine with other work; `make bench` measures what is promised."""


def live(url: str, effects: Path, step: int, when: str) -> tuple[int, float, list[tuple[int, float]]]:
    """One life of the process: how it ended, when it began, and the effects it had (step, clock)."""
    known = effects.read_text().splitlines() if effects.exists() else []
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(PROCESS), url, str(effects), str(step), when],
        env={**environment, "PYTHONPATH": str(SOURCE)},
        timeout=120,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    new = [line.split() for line in effects.read_text().splitlines()[len(known) :]]
    return done.returncode, began, [(int(number), float(at)) for number, at in new]


def test_a_workflow_killed_at_every_step_boundary_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, effects = sqlite_url(tmp_path), tmp_path / "effects"
    prepare(url)
    counts: Counter[int] = Counter()
    resumed: list[float] = []
    next_step = 1
    for step in range(1, STEPS + 1):
        for when in ("before", "after"):
            code, began, new = live(url, effects, step, when)
            assert code == -signal.SIGKILL
            assert [number for number, _ in new] == list(range(next_step, step + 1)), f"killed {when} {step}"
            counts.update(number for number, _ in new)
            resumed.append(new[0][1] - began)
            next_step = step if when == "before" else step + 1
    code, _, new = live(url, effects, 0, "never")
    assert (code, new) == (0, [])
    assert counts == dict.fromkeys(range(1, STEPS + 1), 2)  # once more for each kill before its journal write
    median, slowest = statistics.median(resumed[1:]), max(resumed[1:])
    with capsys.disabled():
        print(f"\nresumed after kill -9: median {median:.2f} s, slowest {slowest:.2f} s after the process began")
    assert slowest < RESUMED_WITHIN_S
