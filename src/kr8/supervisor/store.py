"""The state file: written whole, durably and by rename, before anything is done about what it says."""

import contextlib
import json
import os
from dataclasses import replace
from pathlib import Path

from kr8.supervisor.codec import decode, encode
from kr8.supervisor.proxy.files import set_aside
from kr8.supervisor.refused import not_written, state_unreadable
from kr8.supervisor.state import State


class UnreadableError(Exception):
    """There is a state, and it is not understood. It is left as it is."""


class Store:
    """Holds the state. `commit` refuses what cannot be written; `keep` holds it in memory until it can be.

    `lost` says why the state is not known, if it is not: then nothing is written, and the file stays what it was.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lost = ""
        self.missing = False
        self.saved = True
        self.state = State()
        try:
            self.state = _read(path)
        except FileNotFoundError:
            self.missing = True
        except UnreadableError as error:
            self.lost = str(error)

    def commit(self, state: State) -> None:
        """Write, then hold; if it cannot be written nothing is changed and RefusedError says so."""
        if self.lost:
            raise state_unreadable(self.lost)
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
        if self.lost:
            return False
        self.saved = False
        with contextlib.suppress(OSError):
            self._write(state)
        return self.saved

    def lose(self) -> None:
        """There must have been a state, for what it wants runs."""
        self.lost = f"{self._path} is not there, though what it wants runs"

    def put_back(self) -> bool:
        """Whether the state that was lost can be read by now, for the next image; the daemon that runs is in it."""
        try:
            found = _read(self._path)
        except (FileNotFoundError, UnreadableError):
            return False
        if self.state.daemon is not None:
            with contextlib.suppress(OSError):
                self._write(replace(found, daemon=self.state.daemon))
        return True

    def give_up(self) -> None:
        """Begin anew; what cannot be read is set aside, and stays where that is not possible either."""
        try:
            set_aside(self._path)
        except FileNotFoundError:
            pass
        except OSError:
            return
        self.lost = ""
        self.saved = False

    def _write(self, state: State) -> None:
        data = json.dumps(encode(state, sparse=True), separators=(",", ":"), ensure_ascii=False).encode()
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


def _read(path: Path) -> State:
    try:
        return decode(State, json.loads(path.read_text()), "state")
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableError(f"{path}: {error}") from error


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
