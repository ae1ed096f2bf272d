"""Where builds lie, and who may make one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import ValidationError

from kr8.domain.release import Build

PAUSE = 0.1
ID = re.compile(r"bld_[0-9a-f]{16}")


class Place:
    """The folder of one build: files/, while it is made home/ and tmp/, and a record that is written last.

    A trial has a cache/ too, where builds share one.
    """

    def __init__(self, builds: Path, build: str) -> None:
        self.folder = builds / build
        self.files = self.folder / "files"
        self.home = self.folder / "home"
        self.scratch = self.folder / "tmp"
        self.cache = self.folder / "cache"
        self._record = self.folder / ".complete.json"

    def made(self) -> Build | None:
        """The build that lies here; None: none, or one that was never finished."""
        try:
            return Build.model_validate_json(self._record.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def clear(self) -> None:
        """Remove what is here, and make the empty folders."""
        self.remove()
        for own in (self.files, self.home, self.scratch):
            own.mkdir(parents=True)

    def leave_files(self) -> None:
        """Remove what was there for the making alone."""
        for own in (self.home, self.scratch):
            _remove(own)

    def finish(self, build: Build) -> None:
        """Write the record, durably: from now on the build is made."""
        fresh = self._record.with_suffix(".new")
        with fresh.open("w") as file:
            file.write(build.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self._record)

    def remove(self) -> None:
        """Remove the build: its record first, so that half of it is never taken for the whole."""
        self._record.unlink(missing_ok=True)
        if self.folder.exists():
            _remove(self.folder)


def _remove(folder: Path) -> None:
    _make_writable(folder)
    shutil.rmtree(folder)


def _make_writable(folder: Path) -> None:
    """Let every folder be listed and emptied: some builds leave folders that nobody may write to, or enter."""
    folder.chmod(0o700)
    # Links among the names are left alone: `walk` does not follow them either.
    for root, names, _ in os.walk(folder):
        for path in (Path(root, name) for name in names):
            if not path.is_symlink():
                path.chmod(0o700)


def all_ids(builds: Path) -> tuple[str, ...]:
    """The ids of all builds that lie there, finished or not."""
    return tuple(sorted(path.name for path in builds.iterdir() if ID.fullmatch(path.name))) if builds.exists() else ()


@asynccontextmanager
async def locked(builds: Path, build: str) -> AsyncGenerator[None]:
    """Hold the right to make or remove a build, against every process of this machine."""
    locks = builds / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / build).open("w") as lock:
        while not _try(lock.fileno()):
            await asyncio.sleep(PAUSE)
        yield


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
