"""What git printed, as values (pure)."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from kr8.domain.model import Model
from kr8.domain.problem import Refused, refuse
from kr8.domain.shortened import quoted
from kr8.ports.repositories import Commit

FILES_LIMIT = 200_000
BYTES_LIMIT = 1 << 30
Kind = Literal["file", "program", "link", "folder", "submodule"]
KINDS: dict[str, Kind] = {
    "100644": "file",
    "100664": "file",
    "100755": "program",
    "120000": "link",
    "040000": "folder",
    "160000": "submodule",
}


class Entry(Model):
    """One entry of a tree."""

    kind: Kind
    id: str
    size: int
    path: str


def commit(id: str, raw: bytes) -> Commit:  # noqa: A002 - git's word
    """A commit object: its first line is the subject."""
    message = raw.partition(b"\n\n")[2].decode(errors="replace")
    return Commit(id=id, subject=message.strip().partition("\n")[0].strip())


def entries(raw: bytes) -> tuple[Entry, ...]:
    """The lines of `ls-tree -z -l`."""
    return tuple(_entry(line) for line in os.fsdecode(raw).split("\0") if line)


def _entry(line: str) -> Entry:
    head, _, path = line.partition("\t")
    mode, _, id, size = head.split()  # noqa: A001 - git's word
    if mode not in KINDS or not (size == "-" or size.isdecimal()):
        raise refuse(
            "git_failed",
            "An entry of the commit cannot be read.",
            why="Its object is missing or damaged, as in a partial clone; kr8 fetches nothing.",
            mend="`git fsck` finds what is missing; `git fetch --refetch` completes a partial clone.",
            output=(f"{path}: mode {mode}, size {size}",),
        )
    return Entry(kind=KINDS[mode], id=id, size=0 if size == "-" else int(size), path=path)


def changes(raw: bytes) -> tuple[str, ...]:
    """The paths of `status --porcelain=v1 -z --no-renames`."""
    return tuple(line[3:] for line in raw.decode(errors="replace").split("\0") if line)


def names(raw: bytes) -> tuple[str, ...]:
    """The names of `config --list --name-only -z`."""
    return tuple(raw.decode(errors="replace").rstrip("\0").split("\0"))


def files(raw: bytes) -> tuple[str, ...]:
    """The paths of `ls-files -z`, each once; a path that is no UTF-8 has surrogates in it."""
    return tuple(dict.fromkeys(path for path in os.fsdecode(raw).split("\0") if path and not path.endswith("/")))


def check_path(path: str) -> str:
    """A path within a commit, normal. Raises Refused where it would leave it."""
    normal = PurePosixPath(path)
    if normal.is_absolute() or ".." in normal.parts or "\0" in path or len(path) > 4096:
        raise refuse(
            "path_outside",
            "A path is not inside the repository.",
            mend="Give a path below the root of the repository, without `..`.",
            field="path",
            output=(f"{path} leads to {posixpath.normpath(path)}",),
        )
    return str(normal)


def check_revision(revision: str) -> str:
    """A revision that is nothing but one. Raises Refused (unknown_revision)."""
    allowed = revision.isprintable() and not revision.startswith("-") and not set(revision) & set(" :?*[\\")
    if not allowed or not 0 < len(revision) <= 256:
        raise refuse(
            "unknown_revision",
            f"{quoted(revision)} is no revision.",
            mend="Name a branch, a tag or a commit id.",
            field="commit",
        )
    return revision


def check_export(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries, if they can be written below one folder. Raises Refused: what Git lets in is not always safe."""
    listed = tuple(found)
    submodules = [entry.path for entry in listed if entry.kind == "submodule"]
    if submodules:
        raise refuse(
            "submodule",
            "The commit has submodules, and a build takes none.",
            mend="Put the files themselves into the repository, or have the build command fetch them.",
            output=tuple(submodules[:5]),
        )
    for entry in listed:
        if not stays_inside(entry.path):
            raise _leaves(entry.path, "its path")
    paths = {entry.path for entry in listed}
    folders = {str(folder) for path in paths for folder in PurePosixPath(path).parents}
    if len(paths) != len(listed) or paths & folders:
        raise refuse(
            "path_outside",
            "The commit has one path twice.",
            mend="`git fsck` says what is wrong with it; write the folder anew in another commit.",
        )
    if len(listed) > FILES_LIMIT or sum(entry.size for entry in listed) > BYTES_LIMIT:
        raise refuse(
            "commit_too_large",
            f"The commit has more than {FILES_LIMIT} files, or more than 1 GiB.",
            mend="Take out of the repository what the service does not need: `git rm`, then commit.",
        )
    return listed


def stays_inside(path: str) -> bool:
    """Whether a path names a file below a folder, and nothing of Git's own."""
    parts = path.split("/")
    return all(part not in ("", ".", "..") and part.lower() != ".git" for part in parts)


def _leaves(path: str, by: str) -> Refused:
    return refuse(
        "path_outside",
        f"An entry of the commit would leave its folder by {by}.",
        mend="Take that entry out of the repository and commit: `git rm --cached PATH`.",
        output=(path,),
    )


def check_link(path: str, target: str, resolved: str, directory: str) -> None:
    """Refuse a link that points out of the directory; `resolved` is where it leads when all is written."""
    if target.startswith("/") or not (resolved == directory or resolved.startswith(directory + "/")):
        raise refuse(
            "path_outside",
            "A link of the commit points out of its folder.",
            mend="Remove the link, or let it point to a file of the same service.",
            output=(path, f"points to {target}", f"which is {resolved}"),
        )
