"""What actionlint is told (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def environment(scratch: Path) -> dict[str, str]:
    """What it finds in its environment."""
    return {"HOME": str(scratch), "LC_ALL": "C.UTF-8"}


def check(program: Path, shellcheck: Path | None, files: Iterable[str]) -> tuple[str, ...]:
    """Print as JSON what is wrong with workflows. `shellcheck`: who is asked about their scripts; None: nobody."""
    told = ("-format", "{{json .}}", "-no-color", "-pyflakes=", f"-shellcheck={shellcheck or ''}")
    return (str(program), *told, *files)
