"""A door of the daemon: what answers behind it is imported when the first caller has come."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Awaitable, Callable, Sequence

Answer = Callable[[asyncio.Event], Awaitable[None]]
"""Answers callers until the event is set, and then ends cleanly."""


class Door:
    """Listening sockets in front of a surface.

    A surface takes longer to import than all else: a daemon that goes on with what was interrupted needs none, and
    whoever calls waits for the one that he calls, not for the others.
    """

    def __init__(self, sockets: Sequence[socket.socket], importing: asyncio.Lock, load: Callable[[], Answer]) -> None:
        """`load` imports the surface, in a thread, and holds the lock, which all doors have in common.

        Two threads in one circle of imports would see half of a module.
        """
        self._sockets = sockets
        self._importing = importing
        self._load = load
        self._knocked = asyncio.Event()
        self._answers = asyncio.Event()
        self._closing = asyncio.Event()

    async def stand(self) -> None:
        """Wait for the first caller, import what answers, and have it answer until the door is closed."""
        loop = asyncio.get_running_loop()
        for each in self._sockets:
            loop.add_reader(each, self._knocked.set)
        try:
            await self._knocked.wait()
        finally:
            for each in self._sockets:
                loop.remove_reader(each)
        if self._closing.is_set():
            return
        try:
            async with self._importing:
                answer = await asyncio.to_thread(self._load)
        finally:
            self._answers.set()  # or never will: nobody is to wait for it
        await answer(self._closing)

    async def let_in(self) -> None:
        """Return once whoever waits at the door now can be answered; at once where nobody does."""
        poll = select.poll()
        for each in self._sockets:
            poll.register(each, select.POLLIN)
        if poll.poll(0):
            await self._answers.wait()

    def close(self) -> None:
        """Let nobody in any more, and have what answers end."""
        self._closing.set()
        self._knocked.set()
