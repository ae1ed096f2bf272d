"""A process that runs one workflow of ten steps and kills itself where it is told to.

Arguments: database URL, file of effects, number of the step, "before" or "after" that step's journal write.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from kr8.drivers.dbos.driver import DbosEngine
from kr8.drivers.store.engine import make_engine
from kr8.ports.engine import Steps

STEPS = 10


class Story:
    """Writes one line an effect: the step's number and the machine's monotonic clock."""

    def __init__(self, effects: Path, step: int, when: str) -> None:
        self._effects = effects
        self._death = (step, when)
        self.ended = asyncio.Event()

    async def run(self, steps: Steps, deployment: str) -> None:
        total = 0
        for number in range(1, STEPS + 1):
            total += await steps.run(f"step-{number}", int, lambda number=number: self._effect(number))
            self._die_if(number, "after")
        assert total == sum(range(1, STEPS + 1))
        self.ended.set()

    async def _effect(self, number: int) -> int:
        with self._effects.open("a") as file:
            file.write(f"{number} {time.monotonic()}\n")
        self._die_if(number, "before")
        return number

    def _die_if(self, number: int, when: str) -> None:
        if (number, when) == self._death:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, effects: str, step: str, when: str) -> None:
    story = Story(Path(effects), int(step), when)

    async def crash(deployment: str, text: str) -> None:
        sys.exit(f"{deployment} crashed: {text}")

    engine = DbosEngine(make_engine(url), "local", {"run": story.run}, on_crash=crash, redact=str)
    await engine.start()
    await engine.enqueue("run", "dep_1", "shop.production")
    await asyncio.wait_for(story.ended.wait(), 60)
    await engine.stop()


asyncio.run(main(*sys.argv[1:]))
