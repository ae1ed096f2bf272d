"""Calls with an idempotency key, in memory."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kr8.domain.keyed import KeyedCall
from kr8.domain.problem import refuse


class MemoryKeyedCalls:
    """The KeyedCalls port."""

    def __init__(self) -> None:
        self.kept: dict[str, KeyedCall] = {}
        self.full = False
        """Whether nothing can be written to a call that was begun."""

    async def begin(self, call: KeyedCall, forget_before: datetime) -> KeyedCall:
        self.kept = {name: each for name, each in self.kept.items() if each.begun_at >= forget_before}
        return self.kept.setdefault(call.id, call)

    async def answer(self, call: str, answer: Mapping[str, Any]) -> None:
        self._check()
        if call in self.kept:
            self.kept[call] = self.kept[call].model_copy(update={"answer": dict(answer)})

    async def forget(self, call: str) -> None:
        self._check()
        self.kept.pop(call, None)

    def _check(self) -> None:
        if self.full:
            raise refuse("disk_full", "The disk is full.")
