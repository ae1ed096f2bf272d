"""People's approvals, each used once."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from kr8.domain.approval import ApprovalRecord, Approver
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import approvals, approvers
from kr8.drivers.store.transaction import Transaction

_SCOPE = "approvals"


class SqlApprovals:
    """The Approvals port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add_approver(self, approver: Approver) -> None:
        """Enrol a person, or replace what is known of them."""

        def work(transaction: Transaction) -> None:
            transaction.put(approvers, {"name": approver.name}, {"document": approver.model_dump_json()})

        await self._store.write(_SCOPE, work)

    async def approvers(self) -> tuple[Approver, ...]:
        """Everybody who is enrolled, by name."""
        query = select(approvers.c.document).order_by(approvers.c.name)

        def work(connection: Connection) -> tuple[Approver, ...]:
            return tuple(Approver.model_validate_json(document) for document in connection.scalars(query))

        return await self._store.read(work)

    async def remove_approver(self, name: str) -> bool:
        """Take a person out. False: there was none of that name."""
        return await self._store.write(_SCOPE, lambda transaction: transaction.remove(approvers, {"name": name}))

    async def use(self, record: ApprovalRecord) -> bool:
        """Keep an approval; False where this person, this key or this signature has approved it already."""
        table, deployment = approvals.c, record.text.deployment
        person = or_(table.approver == record.approver, table.fingerprint == record.fingerprint)
        used = or_(table.signature == record.signature, (table.deployment == deployment) & person)

        def work(transaction: Transaction) -> bool:
            if transaction.rows(approvals, used):
                return False
            values = {"fingerprint": record.fingerprint, "signature": record.signature}
            key = {"deployment": deployment, "approver": record.approver}
            transaction.add(approvals, key, values | {"document": record.model_dump_json()})
            return True

        return await self._store.write(_SCOPE, work)

    async def given(self, deployment: str) -> tuple[ApprovalRecord, ...]:
        """The approvals of a deployment, by when they were made."""
        query = select(approvals.c.document).where(approvals.c.deployment == deployment)

        def work(connection: Connection) -> tuple[ApprovalRecord, ...]:
            found = [ApprovalRecord.model_validate_json(document) for document in connection.scalars(query)]
            return tuple(sorted(found, key=lambda record: (record.made_at, record.approver)))

        return await self._store.read(work)
