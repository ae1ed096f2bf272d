"""What a tool that looks at somebody's repository may do with this machine's files.

Settings, comments and expressions of a repository name files, and some tools read whatever is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kr8.drivers.process.command import Command
from kr8.drivers.toolbox.place import Place
from kr8.sandbox import landlock
from kr8.sandbox.places import for_tools


def kept_in(command: Command, tools: Iterable[Place], scratch: Path, *copies: Path) -> Command:
    """The same, without the network: it reads what tools consist of and the copies, and writes its scratch.

    Where the kernel has no Landlock, it may do whatever its user may.
    """
    return command.model_copy(update={"allowed": _allowed(tools, scratch, *copies), "offline": True})


def _allowed(tools: Iterable[Place], scratch: Path, *copies: Path) -> dict[str, int] | None:
    if landlock.version() < landlock.LEAST:
        return None
    read = [str(folder) for folder in (*(tool.folder for tool in tools), *copies)]
    return {path: int(right) for path, right in for_tools(read, [str(scratch)]).items()}
