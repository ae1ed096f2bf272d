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
from kr8.sandbox.places import SHARED_MEMORY, for_tools

LIMITS = "/sys/fs/cgroup"
"""Where it reads how many cores it may use."""


def kept_in(command: Command, tools: Iterable[Place], scratch: Path, *others: Path) -> Command:
    """The same, without the network: it reads what tools consist of, and copies and other programs, the `others`.

    Programs are named as files, for around them may lie anything. It writes its scratch. Where the kernel has no
    Landlock, it may do whatever its user may.
    """
    return command.model_copy(update={"allowed": _allowed(tools, scratch, *others), "offline": True})


def _allowed(tools: Iterable[Place], scratch: Path, *others: Path) -> dict[str, int] | None:
    if landlock.version() < landlock.LEAST:
        return None
    told = tuple(tools)
    python = tuple(path for tool in told for path in _python_of(tool))
    read = [*(tool.folder for tool in told), *python, *others, *([LIMITS] if python else [])]
    write = [scratch, *([SHARED_MEMORY] if python else [])]
    return {path: int(right) for path, right in for_tools(map(str, read), map(str, write)).items()}


def _python_of(tool: Place) -> Iterator[Path]:
    """Of a tool in Python the interpreter that its own leads to, with its library; not the folder around both."""
    own = tool.program("python")
    if own.exists():
        python = Path(os.path.realpath(own))
        yield from (python, *(python.parents[1] / name for name in ("lib", "lib64")))
