"""What waits for the death of a process, against real processes that are not HAProxy."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from kr8.supervisor.proxy.process import Process, identify
from kr8.supervisor.proxy.standby import Standby

LIMIT_S = 10.0


def repeats(told: Path) -> Callable[[int], Process]:
    """How a process is started that writes down what it is told."""

    def start(given: int) -> Process:
        with told.open("wb") as output:
            child = subprocess.Popen(["/bin/cat"], stdin=given, stdout=output)
        child.returncode = 0  # the standby reaps it
        return _identified(child.pid)

    return start


def _identified(pid: int) -> Process:
    process = identify(pid)
    assert process is not None
    return process


def test_one_that_waits_serves_though_the_first_died_before_it_was_watched(tmp_path: Path) -> None:
    told = tmp_path / "told"
    serving = subprocess.Popen(["/bin/sleep", "60"])
    dead = _identified(serving.pid)
    serving.send_signal(signal.SIGKILL)
    serving.wait()
    standby = Standby(repeats(told))
    standby.text = "serve this"
    standby.prepare(dead)
    deadline = time.monotonic() + LIMIT_S
    while not (told.exists() and told.read_text() == "serve this"):
        assert time.monotonic() < deadline, "nobody told it"
        time.sleep(0.01)
