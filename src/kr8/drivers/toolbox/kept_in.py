"""What a tool that looks at somebody's repository may do with this machine's files.

Settings, comments and expressions of a repository name files, and some tools read whatever is named.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kr8.drivers.process.command import Command
from kr8.drivers.toolbox.place import Place
from kr8.sandbox import landlock
from kr8.sandbox.places import for_tools

SHARED_MEMORY = "/dev/shm"
"""Where Python's own locks between processes lie."""


def kept_in(command: Command, tools: Iterable[Place], scratch: Path, *others: Path) -> Command:
    """The same, without the network: it reads what tools consist of, and copies and other programs, the `others`.

    It writes its scratch and no other files. Where the kernel has no Landlock, it may do whatever its user may.
    """
    return command.model_copy(update={"allowed": _allowed(tools, scratch, *others), "offline": True})


def _allowed(tools: Iterable[Place], scratch: Path, *others: Path) -> dict[str, int] | None:
    if landlock.version() < landlock.LEAST:
        return None
    read = [str(path) for path in (*(path for tool in tools for path in _consists_of(tool)), *others)]
    return {path: int(right) for path, right in for_tools(read, [str(scratch), SHARED_MEMORY]).items()}


def _consists_of(tool: Place) -> Iterator[Path]:
    """Its folder; of one in Python, where the Python is that its own leads to."""
    yield tool.folder
    python = tool.program("python")
    if python.exists():
        yield Path(os.path.realpath(python)).parents[1]
