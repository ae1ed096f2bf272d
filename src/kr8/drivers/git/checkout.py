"""Reads a file of a checkout, whatever its author has put in its place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kr8.domain.problem import Refused, refuse


def read(repository: Path, path: str, limit: int) -> bytes | None:
    """The first bytes of a plain file; None: there is none, or a link is on the way to it. Raises Refused."""
    file = Path(os.path.realpath(repository), path)
    try:
        if os.path.realpath(file) != str(file) or not stat.S_ISREG(file.lstat().st_mode):
            return None
        # Whatever takes its place meanwhile: no link is followed, and no pipe is waited for.
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor, not a path
            return stream.read(limit)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> Refused:
    return refuse("file_not_readable", f"{file} cannot be read.", why=str(error), mend="Let kr8's user read it.")
