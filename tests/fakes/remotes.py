"""Repositories elsewhere that a test writes down."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kr8.domain.problem import refuse


@dataclass
class FakeRemotes:
    """Implements the port `Remotes`: files by URL and commit."""

    commits: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict[tuple[str, str], dict[str, str]])

    async def fetch(self, url: str, commit: str, path: str, folder: Path) -> None:
        """Write the files below the path."""
        if (url, commit) not in self.commits:
            raise refuse("fetch_failed", f"There is no {commit} at {url}.", field="url", retryable=True)
        prefix = "" if path == "." else f"{path}/"
        for name, text in self.commits[url, commit].items():
            if name.startswith(prefix):
                target = folder / name.removeprefix(prefix)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
