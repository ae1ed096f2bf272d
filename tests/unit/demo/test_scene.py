"""A scene ends whatever belongs to it, however far that is with starting, and whatever ends who made it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo.reaper import members
from demo.scene import ROOT, Scene, make
from tests.support.waiting import wait_for

SLEEPS = (sys.executable, "-c", "import time; time.sleep(600)")
STARTS_IT_AGAIN = (
    sys.executable,
    "-c",
    "import subprocess, sys\nwhile True: subprocess.call([sys.executable, '-c', 'import time; time.sleep(600)'])",
)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = make()
    yield made
    made.clear()


def start(scene: Scene, argv: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """A process that belongs to the scene, as kr8's do: by its environment alone."""
    return subprocess.Popen(argv, env=scene.environment, start_new_session=True)


def gone(directory: Path) -> bool:
    return not list(members(str(directory))) and not directory.exists()


def test_a_daemon_that_has_not_written_its_number_down_yet_ends(scene: Scene) -> None:
    with start(scene, SLEEPS):
        scene.clear()
        assert gone(scene.directory)


def test_what_is_started_again_when_it_dies_ends(scene: Scene) -> None:
    with start(scene, STARTS_IT_AGAIN):
        wait_for(lambda: len(list(members(str(scene.directory)))) == 2)
        scene.clear()
        assert gone(scene.directory)


def test_clearing_twice_is_clearing_once(scene: Scene) -> None:
    scene.clear()
    scene.clear()
    assert gone(scene.directory)


def test_what_only_works_in_its_folder_is_left_alone(scene: Scene) -> None:
    with subprocess.Popen(SLEEPS, cwd=scene.directory, env={"PWD": str(scene.directory)}) as somebody:
        scene.clear()
        assert somebody.poll() is None
        somebody.kill()


def test_a_kept_scene_stays(scene: Scene) -> None:
    with start(scene, SLEEPS) as kept:
        scene.keep()
        assert kept.poll() is None and scene.directory.exists()
        assert list(members(str(scene.directory))) == [kept.pid]
        kept.kill()
    scene.directory.rmdir()


def test_the_death_of_who_made_it_ends_everything() -> None:
    code = f"""
import subprocess, time
from demo.scene import make
scene = make()
process = subprocess.Popen({SLEEPS!r}, env=scene.environment, start_new_session=True)
print(scene.directory, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        directory = Path(maker.stdout.readline().strip())
        assert len(list(members(str(directory)))) == 1
        maker.kill()
    wait_for(lambda: gone(directory))
