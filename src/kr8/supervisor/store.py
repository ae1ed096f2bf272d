"""The state file: written whole, durably and by rename, before anything is done about what it says."""

import contextlib
import json
import os
import signal
from pathlib import Path

from kr8.supervisor.codec import decode, encode
from kr8.supervisor.refused import not_written
from kr8.supervisor.state import State


class UnreadableError(Exception):
    """There is a state, and it is not understood. It is left as it is."""


class Store:
    """Holds the state. `commit` refuses what cannot be written; `keep` holds it in memory until it can be."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._crash_at = int(os.environ.get("KR8_CRASH_AT", "0"))
        self.saved = True
        self.writes = 0
        self.state = _read(path) if path.exists() else State()

    def commit(self, state: State) -> None:
        """Write, then hold; if it cannot be written nothing is changed and RefusedError says so."""
        if state is self.state and self.saved:
            return
        try:
            self._write(state)
        except OSError as error:
            raise not_written(error) from error
        self.state = state

    def keep(self, state: State) -> bool:
        """Hold; write if it can be written, and say whether it was."""
        if state is self.state and self.saved:
            return True
        self.state = state
        self.saved = False
        with contextlib.suppress(OSError):
            self._write(state)
        return self.saved

    def _write(self, state: State) -> None:
        data = json.dumps(encode(state), separators=(",", ":"), ensure_ascii=False).encode()
        new = self._path.with_suffix(".new")
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        new.replace(self._path)
        _sync_folder(self._path.parent)
        self.saved = True
        self.writes += 1
        if self.writes == self._crash_at:  # the crash tests die here
            os.kill(os.getpid(), signal.SIGKILL)


def _read(path: Path) -> State:
    try:
        return decode(State, json.loads(path.read_text()), "state")
    except ValueError as error:
        raise UnreadableError(f"{path} cannot be read: {error}; restore it, or move it away to begin anew") from error


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
