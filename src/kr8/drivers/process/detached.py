"""Start a process that outlives this one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path


def start_detached(argv: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
    """Start a process in a session of its own, its output appended to a file; its process id.

    Raises OSError where the program or the log cannot be opened.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.posix_spawn(
        argv[0],
        list(argv),
        dict(environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
