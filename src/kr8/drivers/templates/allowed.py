"""What the child that renders a template may do with this machine's files: read Python, and nothing else."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from kr8.sandbox import landlock

SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")
"""What a program is loaded from."""


@cache
def allowed() -> dict[str, int] | None:
    """The rights, by path; None: this kernel knows none, and the engine's sandbox is all that there is."""
    if landlock.version() < landlock.LEAST:
        return None
    package = Path(__file__).parents[2]
    places = (*SYSTEM, str(package), sys.prefix, sys.base_prefix)
    return {os.path.realpath(place): int(landlock.READ) for place in places if Path(place).exists()}
