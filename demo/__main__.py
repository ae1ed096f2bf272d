"""`make demo`: the whole story through kr8's MCP server, as an agent would do it."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from demo.agent import connected
from demo.ending import SIGNALS, End, to_its_end
from demo.scene import LeftBehindError, Scene, make
from demo.screen import Screen
from demo.story import Story

RATE = 1200
"""Requests a second."""


def main(rate: int) -> int:
    """Play it and clean up, whatever happens; 0 when everything was proved, 128 and its number after a signal."""
    scene = make()
    end = asyncio.run(to_its_end(play(scene, rate)))
    for number in SIGNALS:  # cleaning up takes a moment, and is not to be ended
        signal.signal(number, signal.SIG_IGN)
    say(end.line)
    return leave(scene, end)


async def play(scene: Scene, rate: int) -> None:
    """The story. Raises StoryError where it does not prove what it must."""
    screen = Screen()
    async with connected(scene, screen.say) as agent:
        await Story(scene, agent, screen, rate).tell()


def leave(scene: Scene, end: End) -> int:
    """End everything; with KEEP=1 and no signal say how to. The exit status."""
    if os.environ.get("KEEP") and not end.by_signal:
        scene.keep()
        kr8 = f"KR8_HOME={scene.home} {Path(sys.executable).with_name('kr8')}"
        say(f"It keeps running: {kr8} status --project shop")
        say(f"To end it: {kr8} stop --services --yes && rm -r {scene.directory}")
        return end.status
    try:
        scene.clear()
    except LeftBehindError as error:
        say(str(error))
        return end.status or 1
    return end.status


def say(line: str) -> None:
    """Say the end, where somebody still listens: a terminal may be closed, a pipe broken."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def asked(arguments: list[str]) -> int:
    """The requests a second that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--rate", type=int, default=RATE, help="requests a second, at least 1")
    rate: int = parser.parse_args(arguments).rate
    if rate < 1:
        parser.error("--rate is at least 1")
    return rate


if __name__ == "__main__":
    sys.exit(main(asked(sys.argv[1:])))
