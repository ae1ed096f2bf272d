"""What looks for mistakes in infrastructure code: one checker is one outside tool, or kr8's own rules."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from kr8.domain.infrastructure_check import Checked, Part
from kr8.domain.model import Model
from kr8.domain.project import Project


class Sources(Model):
    """The files of one project that are checked, in a folder that nothing changes meanwhile."""

    root: Path
    """A private copy: a checker may write beside the files."""
    files: tuple[str, ...]
    """Relative paths, sorted; no links."""
    digest: str
    """Of paths and contents: what a result is cached by."""
    project: Project | None = None
    """What kr8.toml says; None: the files have none."""


class Checker(Protocol):
    """Runs one tool over the files."""

    name: str
    part: Part

    def concerns(self, sources: Sources) -> bool:
        """Whether there is anything here that it checks."""
        ...

    async def version(self) -> str | None:
        """The version of the tool and of what it knows, by which results are cached; None: it is not installed."""
        ...

    async def check(self, sources: Sources) -> Checked:
        """What it found. A tool that could not run, or could not judge a file, is said to be `not_checked`."""
        ...
