"""A scene ends whatever belongs to it, however far that is with starting, and whatever ends who made it."""

import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


@contextmanager
def started(argv: tuple[str, ...], **how: Any) -> "Generator[subprocess.Popen[str]]":
    process = subprocess.Popen(argv, text=True, start_new_session=True, **how)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def gone(directory: Path) -> bool:
    return not list(members(str(directory))) and not directory.exists()


def test_a_daemon_that_has_not_written_its_number_down_yet_ends(scene: Scene) -> None:
    with started(SLEEPS, env=scene.environment):
        scene.clear()
        assert gone(scene.directory)


def test_what_is_started_again_when_it_dies_ends(scene: Scene) -> None:
    with started(STARTS_IT_AGAIN, env=scene.environment):
        wait_for(lambda: len(list(members(str(scene.directory)))) == 2)
        scene.clear()
        assert gone(scene.directory)


def test_one_that_is_just_becoming_another_program_is_seen(scene: Scene) -> None:
    for _ in range(20):
        with started(("sleep", "60"), env=scene.environment) as process:
            assert list(members(str(scene.directory))) == [process.pid]


def test_clearing_twice_is_clearing_once(scene: Scene) -> None:
    scene.clear()
    scene.clear()
    assert gone(scene.directory)


def test_what_only_works_in_its_folder_is_left_alone(scene: Scene) -> None:
    with started(SLEEPS, cwd=scene.directory, env={"PWD": str(scene.directory)}) as somebody:
        scene.clear()
        assert somebody.poll() is None


def test_a_kept_scene_stays(scene: Scene) -> None:
    with started(SLEEPS, env=scene.environment) as kept:
        scene.keep()
        assert kept.poll() is None and scene.directory.exists()
        assert list(members(str(scene.directory))) == [kept.pid]
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
    with started((sys.executable, "-c", code), cwd=ROOT, stdout=subprocess.PIPE) as maker:
        assert maker.stdout is not None
        directory = Path(maker.stdout.readline().strip())
        assert len(list(members(str(directory)))) == 1
    wait_for(lambda: gone(directory))
