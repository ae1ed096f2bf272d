"""The audit: a chain of rows that only grows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Select, select

from kr8.domain.audit import GENESIS, AuditEntry, Phase, link
from kr8.domain.problem import Refused
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import audit, audit_head
from kr8.drivers.store.transaction import Transaction, find
from kr8.ports.clock import Clock

_HEAD = {"id": 1}
PATIENCE = timedelta(seconds=5)
"""How long a caller waits for the intent: nothing has begun yet, and a rollback can go to the supervisor instead."""


class SqlAudit:
    """The Audit port. Triggers of the database refuse to change or delete a row.

    The head row remembers the newest number and hash apart from the chain, so that a row removed from its end leaves
    a gap that is found, where the chain alone would just go on.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def append(
        self, phase: Phase, call: str, caller: str, operation: str, subject: str = "", detail: str = ""
    ) -> AuditEntry:
        """Write a row, durably, before returning. Raises Refused (audit_unavailable) where it could not be written."""

        def work(transaction: Transaction) -> AuditEntry:
            head = transaction.row(audit_head, **_HEAD) or {"number": 0, "hash": GENESIS}
            entry = AuditEntry(
                number=head["number"] + 1,
                at=self._clock.now(),
                phase=phase,
                call=call,
                caller=caller,
                operation=operation,
                subject=subject,
                detail=detail,
                previous=head["hash"],
                hash="",
            )
            return _append(transaction, link(entry, head["hash"]))

        try:
            return await self._store.write("audit", work, PATIENCE if phase is Phase.INTENT else None)
        except Refused as refused:
            raise _unavailable(refused) from refused

    async def rows(self, after: int = 0, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Rows with numbers above `after`, oldest first."""
        query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(limit)
        return await self._store.read(lambda connection: _entries(connection, query))

    async def newest(self, limit: int = 50) -> tuple[AuditEntry, ...]:
        """The newest rows, newest first."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        return await self._store.read(lambda connection: _entries(connection, query))

    async def length(self) -> int:
        """How many rows were ever appended."""

        def work(connection: Connection) -> int:
            return int((find(connection, audit_head, _HEAD) or {"number": 0})["number"])

        return await self._store.read(work)


def _append(transaction: Transaction, entry: AuditEntry) -> AuditEntry:
    values = entry.model_dump(mode="json", exclude={"number"})
    transaction.add(audit, {"number": entry.number}, values)
    transaction.put(audit_head, _HEAD, {"number": entry.number, "hash": entry.hash})
    return entry


def _entries(connection: Connection, query: Select[Any]) -> tuple[AuditEntry, ...]:
    return tuple(AuditEntry.model_validate(dict(row)) for row in connection.execute(query).mappings())


def _unavailable(refused: Refused) -> Refused:
    problem = refused.problem
    what = "The audit could not be written, and nothing is done without it."
    why = f"{problem.code}: {problem.what} {problem.why}".strip()
    mend = problem.mend or "`kr8 doctor` looks at the store; ask again once it can be written."
    return Refused(problem.model_copy(update={"code": "audit_unavailable", "what": what, "why": why, "mend": mend}))
