"""Generated files as they lie in a checkout."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kr8.domain.problem import Refused, refuse
from kr8.drivers.git.generated_record import Record, digest
from kr8.drivers.tree import below

_CRLF = b"\r\n"


@dataclass(frozen=True)
class LyingFiles:
    """Files of a checkout, their lines ended as they are generated: Git ends them otherwise where a project says so."""

    root: Path
    record: Record

    def content(self, path: str, new: bytes | None) -> bytes | None:
        """What is there, compared with what is generated now; None: nothing is. Raises Refused (file_unreadable)."""
        content = content_of(self.root, path)
        return unix(content) if content is not None and self._ended_otherwise(path, content, new) else content

    def replace(self, path: str, content: bytes, *, executable: bool) -> None:
        """Write a file, whose lines end as they do in what is there. Raises Refused (path_outside)."""
        there = content_of(self.root, path)
        otherwise = there is not None and self._ended_otherwise(path, there, content)
        ended = content.replace(b"\n", _CRLF) if otherwise else content
        replace(self.root, path, ended, executable=executable)

    def executable(self, path: str) -> bool:
        """Whether a file may be run."""
        return os.access(self.root / path, os.X_OK)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty. Raises Refused (path_outside)."""
        with _inside(self.root, path):
            below.remove(self.root, path)

    def _ended_otherwise(self, path: str, content: bytes, new: bytes | None) -> bool:
        by_git = content.count(_CRLF) == content.count(b"\n") > 0
        generated = (self.record.generated(path), self.record.pending.get(path))
        return by_git and b"\r" not in (new or b"") and digest(content) not in generated


def unix(content: bytes) -> bytes:
    """A content with its lines ended as Git keeps them."""
    return content.replace(_CRLF, b"\n")


def check_inside(root: Path, *paths: str) -> None:
    """Refuse paths that leave the project, by their parts or through a link, those of Git's own, and taken ones."""
    known: set[tuple[str, ...]] = set()
    for path in paths:
        parts = Path(path).parts
        if not parts or parts[0] == "/" or ".." in parts or any(part.lower() == ".git" for part in parts):
            raise _outside(root, path)
        for each in sorted({parts[: count + 1] for count in range(len(parts))} - known):
            known.add(each)
            place = root.joinpath(*each)
            mode = _mode(place)
            if stat.S_ISLNK(mode):
                raise _outside(root, path, f"{Path(*each)} is a link to {place.resolve()}.")
            if mode and stat.S_ISDIR(mode) is (each == parts):
                raise _taken(root, path, place)


def _mode(place: Path) -> int:
    """What lies at a path; 0: nothing."""
    try:
        return place.lstat().st_mode
    except OSError:
        return 0


def _taken(root: Path, path: str, place: Path) -> Refused:
    kind = "folder" if place.is_dir() else "file"
    return refuse(
        "place_taken",
        f"{path} cannot lie in {root}, and nothing was written.",
        why=f"{place} is a {kind}.",
        mend=f"Move that {kind} away, or rename it.",
    )


def _outside(root: Path, path: str, why: str = "") -> Refused:
    return refuse(
        "path_outside",
        f"{path!r} would be written outside of {root}, and was not.",
        why=why,
        mend="Take the link, or the path, out of the project.",
    )


@contextmanager
def _inside(root: Path, path: str) -> Generator[None]:
    """What became a link since it was looked at is refused as one. Raises Refused."""
    try:
        yield
    except OSError as error:
        if below.is_link(error):
            raise _outside(root, path, str(error)) from error
        raise


def content_of(root: Path, path: str) -> bytes | None:
    """What is there, byte by byte; None: nothing is. Raises Refused (file_unreadable, path_outside)."""
    try:
        with _inside(root, path):
            return below.read(root, path)
    except OSError as error:
        raise refuse(
            "file_unreadable",
            f"{root / path} cannot be read, and nothing was written.",
            why=str(error),
            mend="Let kr8's user read it.",
        ) from None


def replace(root: Path, path: str, content: bytes, *, executable: bool = False) -> None:
    """Write a file whole or not at all. Raises Refused (path_outside)."""
    with _inside(root, path):
        below.replace(root, path, content, executable=executable)
