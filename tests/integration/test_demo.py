"""The demo proves what it must, or says that it does not; it leaves nothing behind, whatever ends it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo.agent import connected
from demo.ending import to_its_end
from demo.judging import Point, judge
from demo.reaper import members
from demo.scene import ROOT, Scene, make
from demo.screen import Screen
from demo.story import Story
from demo.traffic import Traffic

RATE = 60
"""Few requests a second: what is shown is their fate, and machines that run tests are busy."""
LIMIT_S = 300.0
CHAPTER = re.compile(r"^ *\d+\.\d s  (.+)$", re.MULTILINE)
CHAPTERS = [
    "An agent creates a project",
    "Infrastructure code, generated from kr8.toml and validated",
    "v1: the first deployment, planned and then run by its digest",
    f"v2: blue-green, while {RATE} requests a second are to be sent, half of them POST",
    "v3: fails 30% of its requests, and goes back by itself",
    "v4: kr8 itself is killed in mid-deployment",
    "Scale to 3 instances",
    "Logs: stages and output in one timeline",
    "Roll back to v2",
    "What was proved",
]


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


def test_the_whole_story_is_played_and_every_point_of_it_proved(folder: Path) -> None:
    argv = [sys.executable, "-m", "demo", "--rate", str(RATE)]
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, ""), done.stdout + done.stderr
    assert CHAPTER.findall(done.stdout) == CHAPTERS
    points = [line for line in done.stdout.splitlines() if line.startswith(("  ✓", "  ✗"))]
    assert len(points) == 10 and all(line.startswith("  ✓") for line in points)
    assert [line for line in points if line.startswith("  ✓ no request failed: 0 failed, 0 stale of ")], points
    assert not list(members(str(folder))) and not list(folder.iterdir())


class Struck(Story):
    """The story of services that end under load, in mid-traffic: requests fail."""

    async def points(self) -> list[Point]:
        """One deployment, its end, and what the load has counted."""
        await self.create()
        await self.first()
        self.traffic = await Traffic.start(self.scene, self.rate, self.versions["v1"])
        stop = [sys.executable, "-m", "kr8", "stop", "--services", "--yes"]
        subprocess.run(stop, env=self.scene.environment, cwd=ROOT, check=True, capture_output=True)
        async with asyncio.timeout(LIMIT_S):
            while not (await self.traffic.tell("mark stopped"))["failed"]:
                await asyncio.sleep(0.1)
        return list(judge(await self.traffic.stop(), "", self.rate))


async def struck(scene: Scene) -> None:
    screen = Screen()
    async with connected(scene, screen.say) as agent:
        await Struck(scene, agent, screen, RATE).tell()


def test_a_story_whose_requests_fail_does_not_prove_it_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    scene = make()
    end = asyncio.run(to_its_end(struck(scene)))
    scene.clear()
    assert end.status == 1 and end.line.startswith("The demo did not prove what it must: no request failed: ")
    assert "  ✗ no request failed: " in capsys.readouterr().out
    assert not list(members(str(scene.directory))) and not scene.directory.exists()
