"""Copies of what kr8 remembers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

from kr8.domain.model import Model


class Backup(Model):
    """A copy of the store that can be restored."""

    file: str
    bytes: int
    rows: int
    """Of the audit in it."""
    head: str
    """The hash of the newest of them."""
    made_at: datetime | None = None
    """When that was written: the call that makes a copy is written down just before it. None: there is none."""


class Backups(Protocol):
    """Makes copies of the store while kr8 runs."""

    async def make(self, file: Path) -> Backup:
        """Write a copy of the store, as it is at one moment, to a new file, and check it.

        Raises Refused: backup_elsewhere, backup_exists, backup_failed.
        """
        ...

    async def copy_keys(self, file: Path) -> None:
        """Copy the key of all secrets to a new file. Raises Refused: backup_exists, backup_failed, no_keys."""
        ...
