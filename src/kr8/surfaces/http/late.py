"""A part of the web application that is imported with its first request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

from starlette.types import ASGIApp, Receive, Scope, Send

from kr8.surfaces.http.part import Part


class Late:
    """A part in front of one that takes long to import: who never asks for it does not wait for it."""

    def __init__(self, make: Callable[[], Part]) -> None:
        """`make` imports and makes the part, in a thread."""
        self._make = make
        self._asked = asyncio.Event()
        self._part: asyncio.Future[Part] = asyncio.get_running_loop().create_future()
        self.endpoint: ASGIApp = self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the part answer a request, as soon as there is one. Raises what making or beginning it raises."""
        self._asked.set()
        await (await asyncio.shield(self._part)).endpoint(scope, receive, send)

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        """Run the part from its first request on."""
        # A task of its own: what a part begins has to be ended by the task that began it.
        running = asyncio.create_task(self._run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _run(self) -> None:
        await self._asked.wait()
        try:
            part = await asyncio.to_thread(self._make)
            async with part.run():
                self._part.set_result(part)
                await asyncio.Event().wait()
        except Exception as error:
            if self._part.done():
                raise
            self._part.set_exception(error)
