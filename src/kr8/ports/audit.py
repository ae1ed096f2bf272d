"""The audit."""

from __future__ import annotations

from typing import Protocol

from kr8.domain.audit import AuditEntry, Phase


class Audit(Protocol):
    """Appends rows to the chain; nothing else."""

    async def append(
        self, phase: Phase, call: str, caller: str, operation: str, subject: str = "", detail: str = ""
    ) -> AuditEntry:
        """Write a row, durably, before returning. Raises Refused (audit_unavailable) where it could not be written."""
        ...

    async def rows(self, after: int = 0, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Rows with numbers above `after`, oldest first."""
        ...

    async def newest(self, limit: int = 50) -> tuple[AuditEntry, ...]:
        """The newest rows, newest first."""
        ...

    async def length(self) -> int:
        """How many rows were ever appended: fewer than that in the chain means that its newest were removed."""
        ...
