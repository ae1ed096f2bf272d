"""A scanner that finds what the test says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kr8.domain.finding import Finding


@dataclass
class FakeScanner:
    """`findings` by commit id; nothing for other commits."""

    findings: dict[str, tuple[Finding, ...]] = field(default_factory=dict[str, tuple[Finding, ...]])
    always: tuple[Finding, ...] = ()
    """Of every commit."""
    scanned: list[tuple[Path, str]] = field(default_factory=list[tuple[Path, str]])

    async def scan(self, repository: Path, commit: str) -> tuple[Finding, ...]:
        """The findings of a commit."""
        self.scanned.append((repository, commit))
        return self.always + self.findings.get(commit, ())
