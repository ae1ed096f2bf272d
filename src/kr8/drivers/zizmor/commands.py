"""What zizmor is told (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

OPTIONS = ("--offline", "--no-progress", "--format", "json-v1")
"""Not quiet: only what it says beside its findings tells which files it has read."""


def environment(scratch: Path) -> dict[str, str]:
    """What it finds in its environment: no token, so that it asks nobody."""
    return {"HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch), "XDG_CACHE_HOME": str(scratch), "NO_COLOR": "1"}


def check(program: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Print as JSON what is wrong with workflows and actions."""
    return (str(program), *OPTIONS, "--", *files)


def check_without_settings(program: Path, files: Iterable[str]) -> tuple[str, ...]:
    """The same, whatever the repository's settings say."""
    return (str(program), *OPTIONS, "--no-config", "--", *files)


def mend(program: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Change the files themselves, where nobody needs to look at the change."""
    return (str(program), *OPTIONS, "--fix=safe", "--", *files)
