"""What the children that a template asks for may do with this machine's files, where the kernel has Landlock."""

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
    """What renders a template reads Python, and nothing else; None: the engine's sandbox is all that there is."""
    if landlock.version() < landlock.LEAST:
        return None
    package = Path(__file__).parents[2]
    places = (*SYSTEM, str(package), sys.prefix, sys.base_prefix)
    return {os.path.realpath(place): int(landlock.READ) for place in places if Path(place).exists()}


def asked(scratch: str) -> dict[str, int] | None:
    """A program that is asked for its version reads what its user may, and changes nothing, whatever it takes it for.

    It has a folder to unpack itself into, as some do. None: it may do what its user may.
    """
    if landlock.version() < landlock.LEAST:
        return None
    reads = landlock.READ & ~landlock.Right.RESOLVE_UNIX
    return {"/": int(reads), os.devnull: int(reads | landlock.Right.WRITE_FILE), scratch: int(landlock.WRITE)}
