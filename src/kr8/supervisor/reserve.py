"""Room that is kept for the way back: a file that holds a part of the disk until a return finds the disk full."""

import contextlib
import os
from pathlib import Path

SIZE = 16 * 1024 * 1024


class Reserve:
    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size

    @property
    def kept(self) -> bool:
        """Whether it is there, whole."""
        try:
            return self._path.stat().st_blocks * 512 >= self._size
        except OSError:
            return False

    def keep(self) -> None:
        """Have it again, where as much is free beside it: what was given back is not taken from those who need it."""
        with contextlib.suppress(OSError):  # a quota; it is tried again, and `kept` tells
            if not self.kept and self._free() >= 2 * self._size:
                self._allocate()

    def make_room(self, refused: bool = False) -> bool:
        """Give it back if less than that is free, or if a write was `refused`; whether it was given back."""
        try:
            if not refused and self._free() >= self._size:
                return False
            self._path.unlink()
        except OSError:  # it is not there, or not what it was: the way back does without
            return False
        return True

    def _allocate(self) -> None:
        # Twice as much at first: where a quota, which nobody tells, leaves no more than this, it is not taken.
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, 2 * self._size)
            os.ftruncate(fd, self._size)
        except OSError:
            self._path.unlink()
            raise
        finally:
            os.close(fd)

    def _free(self) -> int:
        found = os.statvfs(self._path.parent)
        return found.f_bavail * found.f_frsize
