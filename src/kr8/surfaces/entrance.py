"""The door from every surface to the one path: it waits until the house is ready, and sees begun work through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from kr8.catalogue.invoke import invoke
from kr8.catalogue.once import Answered
from kr8.catalogue.operation import Catalogue
from kr8.catalogue.services import Services
from kr8.domain.caller import Caller, Effect
from kr8.domain.problem import UNFORESEEN, Refused, refuse
from kr8.domain.request import Proof

END_SECONDS = 5.0
"""How long what has begun may take to finish when the daemon ends; what is durable goes on in the next one."""


class App(Protocol):
    """What the composition root makes."""

    @property
    def catalogue(self) -> Catalogue:
        """Every operation."""
        ...

    @property
    def services(self) -> Services:
        """Every port."""
        ...

    async def start_engine(self) -> None:
        """Go on with what was interrupted, and take new work."""
        ...

    async def close(self) -> None:
        """End the engine and close what was opened; what was not finished goes on in the next process."""
        ...


class Entrance:
    """Calls operations of an app that may still be opening."""

    def __init__(self) -> None:
        self._app: asyncio.Future[App] = asyncio.get_running_loop().create_future()
        self._started = asyncio.Event()
        self._begun: set[asyncio.Task[Any]] = set()

    @property
    def ready(self) -> bool:
        """Whether every operation can run now."""
        return self._started.is_set()

    async def open(
        self, opening: Callable[[], Awaitable[App]], let_in: Callable[[], Awaitable[None]] | None = None
    ) -> App:
        """Open the app, let readers in, then start its engine and let everybody in. Raises what opening raises.

        `let_in` returns when those who wait can be answered: the engine's start would keep readers waiting.
        """
        try:
            app = await opening()
        except Exception as error:
            self._app.set_exception(_why(error))
            self._app.exception()  # whoever waits is told; where nobody does, that is no fault
            raise
        self._app.set_result(app)
        try:
            if let_in is not None:
                await let_in()
            await app.start_engine()
        except asyncio.CancelledError:
            await app.close()  # told to end while it began: the supervisor must not start it again
            raise
        self._started.set()
        return app

    async def catalogue(self) -> Catalogue:
        """The operations, once they are known."""
        return (await asyncio.shield(self._app)).catalogue

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        caller: Caller,
        directory: str | None,
        proof: Proof | None = None,
        key: str | None = None,
    ) -> Answered:
        """Do one operation; the redacted JSON value of its response. Raises Refused, SignatureNeeded.

        Reading needs no engine. What may change something is seen through even when whoever asked has gone.
        """
        app = await asyncio.shield(self._app)
        changes = app.catalogue.get(name, caller).mark.effect is not Effect.READ
        if changes:
            await self._started.wait()
        work = invoke(app.catalogue, name, arguments, app.services, caller, directory, proof, key)
        if not changes:
            return await work
        task = asyncio.ensure_future(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return await asyncio.shield(task)

    async def finish(self, limit_s: float) -> None:
        """Wait for what has begun, so long at most."""
        if self._begun:
            await asyncio.wait(self._begun, timeout=limit_s)


def _why(error: Exception) -> Refused:
    """What those are told whose call came before the app was known to be unusable."""
    if isinstance(error, Refused):
        return error
    return refuse(
        "daemon_not_started",
        "kr8's daemon could not start.",
        why=UNFORESEEN.format(type(error).__name__),
        mend="Run `kr8 serve` to see all that it says.",
        retryable=True,
        output=tuple(str(error).splitlines()),
    )
