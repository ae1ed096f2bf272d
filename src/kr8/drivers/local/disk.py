"""What the files of a home take, by the places of docs/architecture.md."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from kr8.drivers.process.disk import taken
from kr8.ports.disk import Item, Kind

EVIDENCE = ("supervisor/instances", "evidence.json", "service")
RELEASES = ("releases", "release.json", "project")
OWN = ("keys", "pycache", "run", "templates", "tmp")


class HomeDisk:
    """Implements the port `Disk`."""

    def __init__(self, home: Path, database: Path | None) -> None:
        """`database`: the store's file; None: it lies on a server."""
        self._home = home
        self._database = database

    async def items(self) -> tuple[Item, ...]:
        """Everything but the builds."""
        return await asyncio.to_thread(lambda: tuple(self._items()))

    async def free(self) -> int:
        """The bytes that are free where the home lies."""
        return shutil.disk_usage(self._home).free

    def _items(self) -> Iterator[Item]:
        yield from self._each("logs", "logs", lambda path: _owner(path.name) if path.is_dir() else None)
        yield from self._each("data", "data", lambda path: path.name)
        yield from self._each("releases", RELEASES[0], lambda path: _said(path, *RELEASES[1:]))
        yield from self._each("evidence", EVIDENCE[0], lambda path: _said(path, *EVIDENCE[1:]))
        yield Item(kind="store", bytes=sum(_of(path) for path in self._store()))
        yield Item(kind="cache", bytes=taken(self._home / "cache"))
        yield Item(kind="kr8", bytes=sum(taken(self._home / each) for each in OWN))
        yield Item(kind="kr8", bytes=_of(self._home / "supervisor") - taken(self._home / EVIDENCE[0]))

    def _each(self, kind: Kind, folder: str, owner: Callable[[Path], str | None]) -> Iterator[Item]:
        found = (self._home / folder).iterdir() if (self._home / folder).exists() else ()
        for path in found:
            yield Item(kind=kind, bytes=_of(path), project=owner(path), name=path.name if kind == "releases" else None)

    def _store(self) -> list[Path]:
        """The database, its log, and what a restore has put aside."""
        return list(self._database.parent.glob(f"{self._database.name}*")) if self._database is not None else []


def _of(path: Path) -> int:
    try:
        return taken(path) if path.is_dir() else path.stat().st_blocks * 512
    except FileNotFoundError:
        return 0  # removed while we looked


def _owner(key: str) -> str | None:
    """The project of a service key."""
    project, dot, _ = key.partition(".")
    return project if dot else None


def _said(folder: Path, file: str, field: str) -> str | None:
    """The project that a file in a folder names; None where it cannot be read."""
    try:
        named = json.loads((folder / file).read_bytes()).get(field)
    except (OSError, ValueError, AttributeError):
        return None
    return named.partition(".")[0] if isinstance(named, str) else None
