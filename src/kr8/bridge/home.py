"""Where things lie below KR8_HOME, for every process but the supervisor.

The paths are texts: pathlib would cost the bridge a quarter of its start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

LONGEST_ROOT = 87
"""Bytes that a home's path may have. The kernel takes 107 for a socket's, and run/supervisor.sock has 20 of them."""
SHORTER = "Set KR8_HOME to a shorter path."


class Home:
    """The directory that holds all of kr8's state on this machine."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.run = f"{root}/run"
        self.logs = f"{root}/logs"
        self.tmp = f"{root}/tmp"
        self.api_socket = f"{self.run}/api.sock"
        self.mcp_socket = f"{self.run}/mcp.sock"
        self.daemon_lock = f"{self.run}/daemon.lock"
        self.start_lock = f"{self.run}/start.lock"
        self.daemon_log = f"{self.logs}/daemon.log"

    def trouble(self) -> str | None:
        """Why nothing can run in it; None: it can. A shorter KR8_HOME mends it."""
        length = len(os.fsencode(self.root))
        if length <= LONGEST_ROOT:
            return None
        return (
            f"The path of kr8's home, {self.root}, is too long: it has {length} bytes and may have {LONGEST_ROOT}, "
            "for sockets lie in it, whose paths the kernel limits."
        )

    def unusable(self, error: OSError) -> str:
        """Why nothing can be kept in it, and what to do, where making its folders or opening its files failed."""
        return (
            f"kr8's home, {self.root}, cannot be used: {error.strerror}: {error.filename}. "
            "Set KR8_HOME to a directory that this user may write, or may make."
        )


def find_home(environ: Mapping[str, str]) -> Home:
    """KR8_HOME, else below XDG_DATA_HOME, else ~/.local/share/kr8."""
    if root := environ.get("KR8_HOME"):
        return Home(_absolute(root))
    data = environ.get("XDG_DATA_HOME", "")
    # The XDG rules have relative paths ignored.
    return Home(f"{data}/kr8" if data.startswith("/") else _absolute("~/.local/share/kr8"))


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - see the module's docstring
