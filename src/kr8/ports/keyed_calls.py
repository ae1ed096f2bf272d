"""Calls that came with an idempotency key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from kr8.domain.keyed import KeyedCall


class KeyedCalls(Protocol):
    """Remembers calls by their id, in every process that shares the store."""

    async def begin(self, call: KeyedCall, forget_before: datetime) -> KeyedCall:
        """Keep a call, or find the one of its id that is kept already; whichever it is, durably, before returning.

        Whatever was begun before `forget_before` is let go of first.
        """
        ...

    async def answer(self, call: str, answer: Mapping[str, Any]) -> None:
        """Keep what a call was answered; nothing happens where it is not kept any more."""
        ...

    async def forget(self, call: str) -> None:
        """Let go of a call that came to nothing: its id may be begun again."""
        ...
