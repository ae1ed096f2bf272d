"""The audit in memory."""

from kr8.domain.audit import GENESIS, AuditEntry, Phase, link
from kr8.domain.problem import refuse
from kr8.ports.clock import Clock


class MemoryAudit:
    """The Audit port."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.entries: list[AuditEntry] = []
        self._appended = 0
        self.broken = False
        """Whether no row can be written."""

    async def append(
        self, phase: Phase, call: str, caller: str, operation: str, subject: str = "", detail: str = ""
    ) -> AuditEntry:
        if self.broken:
            raise refuse("audit_unavailable", "The audit cannot be written.")
        previous = self.entries[-1].hash if self.entries else GENESIS
        entry = AuditEntry(
            number=len(self.entries) + 1,
            at=self._clock.now(),
            phase=phase,
            call=call,
            caller=caller,
            operation=operation,
            subject=subject,
            detail=detail,
            previous=previous,
            hash="",
        )
        self.entries.append(link(entry, previous))
        self._appended = len(self.entries)
        return self.entries[-1]

    async def rows(self, after: int = 0, limit: int = 100) -> tuple[AuditEntry, ...]:
        return tuple(entry for entry in self.entries if entry.number > after)[:limit]

    async def newest(self, limit: int = 50) -> tuple[AuditEntry, ...]:
        return tuple(reversed(self.entries))[:limit]

    async def length(self) -> int:
        return self._appended

    def cut(self, rows: int) -> None:
        """Remove the newest rows, as somebody with the database file would."""
        del self.entries[-rows:]
