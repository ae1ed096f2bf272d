"""What a tool that looks at somebody's repository may do with this machine's files.

Settings, comments and expressions of a repository name files, and some tools read whatever is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kr8.drivers.toolbox.place import Place
from kr8.sandbox import landlock
from kr8.sandbox.places import for_tools


def allowed(tools: Iterable[Place], scratch: Path, *copies: Path) -> dict[str, int] | None:
    """Its rules, by path: it reads what tools consist of and the copies, and writes its scratch.

    None: the kernel has no Landlock, and it may do whatever its user may.
    """
    if landlock.version() < landlock.LEAST:
        return None
    read = [str(folder) for folder in (*(tool.folder for tool in tools), *copies)]
    return {path: int(right) for path, right in for_tools(read, [str(scratch)]).items()}
