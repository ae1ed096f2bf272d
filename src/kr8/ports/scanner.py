"""Looks for what must not be in a build."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from kr8.domain.finding import Finding


class Scanner(Protocol):
    """Scans files for secrets."""

    async def scan(self, repository: Path, commit: str) -> tuple[Finding, ...]:
        """Secrets in the files of a commit; a place names the file and line, never the secret."""
        ...
