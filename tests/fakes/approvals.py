"""Approvals in memory."""

from kr8.domain.approval import ApprovalRecord, Approver


class MemoryApprovals:
    """The Approvals port."""

    def __init__(self) -> None:
        self._approvers: dict[str, Approver] = {}
        self._used: list[ApprovalRecord] = []

    async def add_approver(self, approver: Approver) -> None:
        self._approvers[approver.name] = approver

    async def approvers(self) -> tuple[Approver, ...]:
        return tuple(approver for _, approver in sorted(self._approvers.items()))

    async def remove_approver(self, name: str) -> bool:
        return self._approvers.pop(name, None) is not None

    async def use(self, record: ApprovalRecord) -> bool:
        if any(_same(old, record) for old in self._used):
            return False
        self._used.append(record)
        return True

    async def given(self, deployment: str) -> tuple[ApprovalRecord, ...]:
        found = [record for record in self._used if record.text.deployment == deployment]
        return tuple(sorted(found, key=lambda record: (record.made_at, record.approver)))


def _same(old: ApprovalRecord, new: ApprovalRecord) -> bool:
    person = old.approver == new.approver or old.fingerprint == new.fingerprint
    return old.signature == new.signature or (old.text.deployment == new.text.deployment and person)
