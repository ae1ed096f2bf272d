"""Who asks a HAProxy that does not answer is let go when the time is over, whatever happens in that moment."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from kr8.supervisor.proxy.admin import ask

LIMIT_S = 0.02
FAR_S = 1.0


async def asked_again_and_again(home: Path) -> bool:
    """Ask until the time is over; whether that ended it."""
    far = time.monotonic() + FAR_S
    try:
        async with asyncio.timeout(LIMIT_S):
            while time.monotonic() < far:
                try:
                    await ask(home, "show info")
                except OSError:
                    await asyncio.sleep(0)
    except TimeoutError:
        return True
    return False


def test_a_missing_socket_is_not_asked_for_ever(tmp_path: Path) -> None:
    assert [asyncio.run(asked_again_and_again(tmp_path)) for _ in range(10)] == [True] * 10
