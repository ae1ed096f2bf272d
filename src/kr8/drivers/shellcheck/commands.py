"""What shellcheck is told (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ELSEWHERE = "SC1090,SC1091"
"""Scripts that a script sources and that it was not given: nothing is followed."""


def environment(scratch: Path) -> dict[str, str]:
    """What it finds in its environment: no settings of anybody but the repository's own `.shellcheckrc`."""
    return {"HOME": str(scratch), "LC_ALL": "C.UTF-8", "SHELLCHECK_OPTS": ""}


def check(program: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Print as JSON what is wrong with scripts; run none of them."""
    return (str(program), "--format=json1", f"--exclude={ELSEWHERE}", "--", *(f"./{path}" for path in files))
