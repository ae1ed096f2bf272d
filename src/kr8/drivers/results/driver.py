"""Keeps results of checkers below `cache/checks/` of the home, a file each, the newest of them."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from kr8.domain.infrastructure_check import Checked

KEPT = 500
"""How many results stay."""


class FileCheckResults:
    """Implements the port `CheckResults`."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "cache" / "checks"

    async def get(self, key: str) -> Checked | None:
        """A result; None: there is none, or none that can be read."""
        return await asyncio.to_thread(self._read, key)

    async def put(self, key: str, checked: Checked) -> None:
        """Keep a result, and let go of the oldest. A full disk only means that it is not kept."""
        with suppress(OSError):
            await asyncio.to_thread(self._write, key, checked)

    def _read(self, key: str) -> Checked | None:
        file = self._folder / f"{key}.json"
        try:
            content = file.read_bytes()
            os.utime(file)  # what is used stays
            return Checked.model_validate_json(content)
        except (OSError, ValidationError):
            return None

    def _write(self, key: str, checked: Checked) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        new = self._folder / f".{key}.{os.getpid()}"
        try:
            new.write_text(checked.model_dump_json())
            new.replace(self._folder / f"{key}.json")
        finally:
            new.unlink(missing_ok=True)
        known = sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in known[KEPT:]:
            old.unlink(missing_ok=True)
