"""A call that comes with an idempotency key is done once, however often and wherever it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from kr8.domain.keyed import LIVES, KeyedCall
from kr8.domain.problem import Outcome, Problem, Refused, refuse
from kr8.ports.keyed_calls import KeyedCalls
from kr8.workflows.desk import Desk

RUNNING = "running"
"""The state of an answer to a call that has done nothing yet."""


@dataclass(frozen=True)
class Answered:
    """What a call is answered."""

    value: dict[str, Any]
    repeated: bool = False
    """Whether an earlier call with the same key has done it, and this one did nothing."""


@dataclass(frozen=True)
class Doing:
    """How a call is done, and how it is answered again."""

    operation: str
    repeatable: bool
    """Whether doing it again after it was interrupted comes to the same."""
    do: Callable[[str], Awaitable[dict[str, Any]]]
    """Does it; the id is that of the deployment that it opens, if it opens one."""
    show: Callable[[str], Awaitable[dict[str, Any]]] | None
    """Shows a deployment as it is now, where the operation answers with one."""


class Once:
    """Remembers what was asked for with a key, and answers the same call as it was answered."""

    def __init__(self, calls: KeyedCalls, desk: Desk) -> None:
        self._calls = calls
        self._desk = desk
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, asked: KeyedCall, doing: Doing) -> Answered:
        """Do a call, unless it was begun before: then what came of it.

        Raises Refused: idempotency_key_reused (it was another call), answer_lost (what came of it is not known), and
        what doing it raises.
        """
        # The same call waits here, within this process, until the first one has been answered.
        async with self._turns.setdefault(asked.id, asyncio.Lock()):
            kept = await self._calls.begin(asked, asked.begun_at - LIVES)
            if kept.request != asked.request:
                raise _reused(doing.operation, kept)
            told = await self._told(kept, doing) if kept != asked else None
            return told or await self._do(kept, doing, first=kept == asked)

    async def _told(self, kept: KeyedCall, doing: Doing) -> Answered | None:
        """What came of a call that was begun before; None: it was interrupted before anything came of it."""
        if kept.answer is not None:
            value = kept.answer if doing.show is None else await doing.show(kept.answer["id"])
            return Answered(value, repeated=True)
        if doing.show is not None and await self._desk.again(kept.deployment) is not None:
            return Answered(await doing.show(kept.deployment), repeated=True)
        if doing.repeatable:
            return None
        raise _lost(doing.operation, kept)

    async def _do(self, kept: KeyedCall, doing: Doing, *, first: bool) -> Answered:
        try:
            value = await doing.do(kept.deployment)
        except Refused as refused:
            if first:
                await self._came_to_nothing(kept, refused.problem)
            raise
        with suppress(Refused):  # it is done, and told now; asked again, it is known by its deployment, or not known
            await self._keep(kept, doing, value)
        return Answered(value)

    async def _keep(self, kept: KeyedCall, doing: Doing, value: dict[str, Any]) -> None:
        """Keep an answer, unless it says that nothing was done yet: whoever asks again asks for what comes of it."""
        if doing.show is None and value.get("state") == RUNNING:
            await self._calls.forget(kept.id)
        else:
            await self._calls.answer(kept.id, value)

    async def _came_to_nothing(self, kept: KeyedCall, problem: Problem) -> None:
        """Let the key be used anew, where nothing was begun."""
        if problem.outcome is not Outcome.NOT_STARTED:
            return
        with suppress(Refused):  # what was refused is what the caller must learn
            if await self._desk.again(kept.deployment) is None:
                await self._calls.forget(kept.id)


def _reused(operation: str, kept: KeyedCall) -> Refused:
    return refuse(
        "idempotency_key_reused",
        f"This key was used for another call of {operation}, and nothing was done now.",
        why=f"At {kept.begun_at.isoformat(timespec='seconds')} it came with other arguments, or from another folder.",
        mend="Use a new key for a new thing; to ask for the same again, send the same arguments.",
        field="idempotency_key",
    )


def _lost(operation: str, kept: KeyedCall) -> Refused:
    return refuse(
        "answer_lost",
        f"{operation} was begun with this key, and what came of it is not known.",
        why=f"kr8 ended in the middle of it, at {kept.begun_at.isoformat(timespec='seconds')} or later; "
        "or another daemon of this store still does it.",
        mend="Look at what is there. Where it was not done, ask for it with a new key.",
        field="idempotency_key",
        outcome=Outcome.UNKNOWN,
    )
