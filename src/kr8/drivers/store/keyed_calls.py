"""Calls with an idempotency key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from kr8.domain.keyed import KeyedCall
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import keyed_calls
from kr8.drivers.store.transaction import Transaction

_SCOPE = "keyed_calls"
PATIENCE = timedelta(seconds=5)
"""How long a caller waits for one of these writes, as for the audit's intent."""


class SqlKeyedCalls:
    """The KeyedCalls port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, call: KeyedCall, forget_before: datetime) -> KeyedCall:
        """Keep a call, or find the one of its id that is kept already; what is too old goes first."""

        def work(transaction: Transaction) -> KeyedCall:
            transaction.clear(keyed_calls, keyed_calls.c.begun_at < forget_before.isoformat())
            stored = transaction.row(keyed_calls, id=call.id)
            if stored is not None:
                return KeyedCall.model_validate_json(stored["document"])
            values = {"begun_at": call.begun_at.isoformat(), "document": call.model_dump_json()}
            transaction.add(keyed_calls, {"id": call.id}, values)
            return call

        return await self._store.write(_SCOPE, work, PATIENCE)

    async def answer(self, call: str, answer: Mapping[str, Any]) -> None:
        """Keep what a call was answered."""

        def work(transaction: Transaction) -> None:
            stored = transaction.row(keyed_calls, id=call)
            if stored is not None:
                kept = KeyedCall.model_validate_json(stored["document"])
                answered = kept.model_copy(update={"answer": dict(answer)})
                transaction.change(keyed_calls, {"id": call}, {"document": answered.model_dump_json()}, stored)

        await self._store.write(_SCOPE, work, PATIENCE)

    async def forget(self, call: str) -> None:
        """Let go of a call that came to nothing."""
        await self._store.write(_SCOPE, lambda transaction: transaction.remove(keyed_calls, {"id": call}), PATIENCE)
