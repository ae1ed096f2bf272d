"""The demo and its scene leave nothing behind: of a kr8 that is just starting, or whatever ends it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo.reaper import members
from demo.scene import ROOT, make


@pytest.fixture
def folder() -> Iterator[Path]:
    """For temporary files; its path is short enough for sockets, as pytest's are not."""
    with tempfile.TemporaryDirectory(prefix="k8d-") as name:
        yield Path(name)


def test_a_daemon_and_a_supervisor_that_were_just_starting_are_gone() -> None:
    scene = make()
    bridge = [sys.executable, "-m", "kr8", "mcp"]
    with subprocess.Popen(bridge, env=scene.environment, cwd=ROOT, stdin=subprocess.PIPE) as process:
        while not scene.home.exists():
            assert process.poll() is None
    scene.clear()
    assert not list(members(str(scene.directory))) and not scene.directory.exists()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_demo_that_a_signal_ends_says_so_and_leaves_nothing(number: signal.Signals, folder: Path) -> None:
    argv = [sys.executable, "-m", "demo"]
    pipe, told = subprocess.PIPE, subprocess.STDOUT
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=pipe, stderr=told, text=True) as demo:
        assert demo.stdout is not None
        assert any("kr8 gives the agent" in line for line in demo.stdout)
        demo.send_signal(number)
        rest = demo.stdout.read()
    assert (demo.returncode, rest.splitlines()[-1]) == (128 + number, f"The demo was ended by {number.name}.")
    assert "Traceback" not in rest
    assert not list(members(str(folder))) and not list(folder.iterdir())
