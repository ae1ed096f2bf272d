"""Tools that are Python programs: an environment each, from a lock with hashes."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import uv

from kr8.drivers.toolbox.place import Commands, Place

PYTHON = "python"


def places(root: Path, sources: Path) -> Iterator[Place]:
    """A tool for each NAME.txt."""
    for lock in sources.glob("*.txt"):
        content = lock.read_bytes()
        digest = hashlib.sha256(content + sys.version.encode()).hexdigest()[:12]
        pin = re.search(rf"^{re.escape(lock.stem)}==(\S+)", content.decode(), re.MULTILINE)
        yield Place(lock.stem, pin[1] if pin else "", lock, root / lock.stem / digest, PYTHON, _commands)


def _commands(lock: Path, folder: Path) -> Commands:
    program, python = uv.find_uv_bin(), str(folder / "bin" / PYTHON)
    make = (program, "venv", "--quiet", "--no-project", "--python", sys.executable, str(folder))
    # Without compiled files the first start of a tool takes ten times as long.
    fill = (program, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", python)
    return make, (*fill, str(lock))
