"""A child that stays: asked again, started again, and ended when it gives no answer."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kr8.domain.problem import Refused
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.process.worker import Worker

ECHO = """\
import os, sys, time
print("noise", file=sys.stderr, flush=True)
for line in sys.stdin:
    word = line.strip()
    if word == "sleep":
        time.sleep(60)
    if word == "die":
        os._exit(1)
    print(word * int(sys.argv[1]), os.getpid(), flush=True)
    if word == "last":
        sys.exit(0)
"""


def worker(folder: Path, limit: float = 30, times: int = 1) -> Worker:
    command = Command(argv=(sys.executable, "-c", ECHO, str(times)), cwd=folder, limit_seconds=limit)
    return Worker(Processes(os.environ), command)


async def pid(asked: Worker, word: str) -> str:
    said = (await asked.ask(word.encode())).decode().split()
    assert said[0].startswith(word)
    return said[1]


def test_one_child_answers_question_after_question(tmp_path: Path) -> None:
    async def story() -> None:
        asked = worker(tmp_path)
        first = await pid(asked, "one")
        both = await asyncio.gather(pid(asked, "two"), pid(asked, "three"))
        assert set(both) == {first}
        await asked.close()
        with pytest.raises(ProcessLookupError):
            os.kill(int(first), 0)

    asyncio.run(story())


def test_a_child_that_has_ended_by_itself_is_started_again(tmp_path: Path) -> None:
    async def story() -> None:
        asked = worker(tmp_path)
        first = await pid(asked, "last")
        assert await pid(asked, "next") != first
        await asked.close()

    asyncio.run(story())


def test_one_that_dies_of_a_question_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        asked = worker(tmp_path)
        with pytest.raises(Refused) as caught:
            await asked.ask(b"die")
        assert caught.value.problem.code == "worker_failed"
        await pid(asked, "on")
        await asked.close()

    asyncio.run(story())


def test_one_that_gives_no_answer_in_time_is_ended(tmp_path: Path) -> None:
    async def story() -> None:
        asked = worker(tmp_path, limit=0.3)
        with pytest.raises(Refused, match="no answer"):
            await asked.ask(b"sleep")
        assert not list(at_work_in(tmp_path))

    asyncio.run(story())


def at_work_in(folder: Path) -> Iterator[str]:
    """The processes whose working directory is a folder."""
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            if process.name.isdecimal() and (process / "cwd").readlink() == folder:
                yield process.name


def test_a_long_answer_is_one_line_all_the_same(tmp_path: Path) -> None:
    async def story() -> None:
        asked = worker(tmp_path, times=3_000_000)
        assert len(await asked.ask(b"x")) > 3_000_000
        await asked.close()

    asyncio.run(story())
