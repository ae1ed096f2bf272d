"""Backups that are only remembered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.audit import MemoryAudit

from kr8.domain.problem import refuse
from kr8.ports.backups import Backup


@dataclass
class FakeBackups:
    """The Backups port."""

    audit: MemoryAudit
    files: list[Path] = field(default_factory=list[Path])
    keys: list[Path] = field(default_factory=list[Path])

    async def make(self, file: Path) -> Backup:
        """Remember the file."""
        if file in self.files:
            raise refuse("backup_exists", f"{file} exists already.", field="file")
        self.files.append(file)
        (newest,) = await self.audit.newest(1)
        return Backup(file=str(file), bytes=1000, rows=newest.number, head=newest.hash)

    async def copy_keys(self, file: Path) -> None:
        """Remember the file."""
        self.keys.append(file)
