"""Writes new files and folders, all or none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType

from kr8.domain.problem import refuse
from kr8.drivers.tree import below


class Writing:
    """What was made since it was entered; an error takes it away again."""

    def __init__(self) -> None:
        self._made: list[Path] = []

    def __enter__(self) -> Writing:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Raises Refused (not_writable) for an OSError."""
        if error is None:
            return
        for path in reversed(self._made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        if isinstance(error, OSError):
            raise refuse(
                "not_writable",
                f"{error.filename or 'A file'} cannot be written, and nothing was.",
                why=str(error),
                mend="Choose a directory that kr8's user may write to, on a disk with space left.",
                field="directory",
            ) from error

    def folder(self, path: Path) -> None:
        """Make a folder, and those above it, where they are not there."""
        if path.is_dir():
            return
        self.folder(path.parent)
        path.mkdir(exist_ok=True)
        self._made.append(path)

    def file(self, root: Path, path: str, content: bytes, executable: bool) -> bool:
        """Write a file below a folder, through no link, where nothing is; whether it was written."""
        self.folder((root / path).parent)
        try:
            below.create(root, path, content, executable=executable)
        except FileExistsError:
            return False
        self._made.append(root / path)
        return True
