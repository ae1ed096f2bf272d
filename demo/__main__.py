"""`make demo`: the whole story through kr8's MCP server, as an agent would do it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from demo import scene as scenes
from demo.agent import StoryError, connected
from demo.screen import Screen
from demo.story import Story


async def main() -> int:
    """Play it and clean up, whatever happens; 0 when everything was proved."""
    screen, scene = Screen(), scenes.make()
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    story: Story | None = None
    try:
        async with connected(scene, screen.say) as agent:
            story = Story(scene, agent, screen)
            report = await story.tell()
            screen.summary(story.proved, report, story.versions["v3"])
            return 0
    except* Exception as errors:
        for error in _leaves(errors):
            said = str(error) if isinstance(error, StoryError) else f"{type(error).__name__}: {error}"
            print(f"\nThe demo did not prove what it must: {said}", file=sys.stderr)
    finally:
        if story is not None and story.traffic is not None:
            await story.traffic.clear()
        _leave(scene)
    return 1


def _leaves(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    found: list[Exception] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _leave(scene: scenes.Scene) -> None:
    if os.environ.get("KEEP"):
        print(f"\nIt keeps running. KR8_HOME={scene.home} .venv/bin/kr8 status --project shop")
        return
    scene.clear()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
