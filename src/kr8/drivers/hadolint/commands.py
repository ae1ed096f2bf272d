"""What hadolint is told (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def environment(scratch: Path) -> dict[str, str]:
    """What it finds in its environment: no settings of anybody but the repository's own `.hadolint.yaml`."""
    return {"HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch), "LC_ALL": "C.UTF-8"}


def check(program: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Print as JSON what is wrong with the files; build nothing."""
    return (str(program), "--format", "json", "--no-fail", "--no-color", "--", *(f"./{path}" for path in files))
