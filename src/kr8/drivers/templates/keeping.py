"""Puts templates in their places, whole, and no version over another content of it. Imports Jinja."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from kr8.domain.problem import Outcome, refuse
from kr8.domain.shortened import quoted
from kr8.domain.template import next_version, precedence
from kr8.drivers.templates import contents
from kr8.drivers.templates.folders import MANIFEST, NAME, parsed
from kr8.drivers.templates.renderer import refused
from kr8.drivers.templates.rendering import Failed, File
from kr8.drivers.tree import below
from kr8.ports.template_drafts import RemovedFolder
from kr8.ports.templates import RenderedFile


def plain(files: Iterable[RenderedFile]) -> tuple[File, ...]:
    """Files as they are rendered."""
    return tuple(File(each.path, each.content, each.executable) for each in files)


def keep(name: str, root: Path, within: str, files: tuple[RenderedFile, ...], instead: str = "") -> bool:
    """Put a template in its place; whether anything is new.

    `within`: the folder below `root`, which may be named by a link, where no link is followed. `instead`: what else
    than a higher version helps. Raises Refused (path_outside, place_taken, template_version_taken, not_writable,
    template_moved).
    """
    place = root / within / name
    _check_place(root, PurePosixPath(within, name))
    if not _is_new(name, place, plain(files), instead):
        return False
    try:
        root.mkdir(parents=True, exist_ok=True)
        _put(root, within, name, files)
    except OSError as error:
        what = f"{error.filename or place} cannot be written, and the template is as it was."
        raise refuse("not_writable", what, why=str(error), mend="Let kr8's user write there.") from error
    return True


def remove(root: Path, name: str) -> RemovedFolder:
    """Remove a template of a folder of them. Raises Refused (unknown_template, path_outside, not_writable)."""
    place = root / name
    if NAME.fullmatch(name) is None or not (place / MANIFEST).is_file():
        raise refuse(
            "unknown_template",
            f"There is no template {quoted(name)} of your own.",
            mend="kr8 template list says which is whose; a project's is removed from its .kr8/templates.",
            field="name",
        )
    return RemovedFolder(place=place, left=discard(root, name))


def discard(root: Path, name: str) -> Path | None:
    """Take a template out of its folder, if it is there, and remove it; the folder with what is left of it.

    Raises Refused (path_outside, place_taken, not_writable): then it is as it was.
    """
    _check_place(root, PurePosixPath(name))
    gone = f".{name}.{secrets.token_hex(8)}"  # out of the list at once, whatever is left of it
    try:
        with below.opened(root, PurePosixPath()) as folder:
            os.rename(name, gone, src_dir_fd=folder, dst_dir_fd=folder)
            shutil.rmtree(gone, ignore_errors=True, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        what = f"{root / name} cannot be removed, and is as it was."
        raise refuse("not_writable", what, why=str(error), mend="Let kr8's user write there.") from error
    return root / gone if (root / gone).exists() else None


def _check_place(root: Path, path: PurePosixPath) -> None:
    """Refuse a place behind a link, and one that has something else in it: it would be removed."""
    place = root / path
    on_the_way = [root / each for each in (*reversed(path.parents), path)][1:]
    link = next((each for each in on_the_way if each.is_symlink()), None)
    if link is not None:
        raise refuse(
            "path_outside",
            f"{link} is a link, and nothing was written.",
            why=f"It leads to {os.path.realpath(link)}.",
            mend=f"Make {link} a folder of its own.",
        )
    if place.exists() and not (place / MANIFEST).is_file():
        raise refuse(
            "place_taken",
            f"{place} is there and is no template, and nothing was written.",
            why=f"It has no {MANIFEST}, so that kr8 does not know what it would remove.",
            mend="Move it away, or give the template another name.",
            field="name",
        )


def _is_new(name: str, place: Path, files: tuple[File, ...], instead: str) -> bool:
    """Whether the content is not there yet. Raises Refused where its version, or a later one, is."""
    if not place.exists():
        return True
    try:
        there = contents.read(place)
    except Failed as failed:
        raise refused(name, failed, f"Remove {place}, or mend it.") from None
    if contents.digest(there) == contents.digest(files):
        return False
    old, new = (parsed(name, contents.manifest(each)).version for each in (there, files))
    if precedence(new) > precedence(old):
        return True
    raise refuse(
        "template_version_taken",
        f"The template {name} {old} is there, with another content than this {new}.",
        why="A version never has two contents, and none comes after a later one.",
        mend=f'Give this one version = "{next_version(old)}", or a higher one.{instead}',
    )


def _put(root: Path, within: str, name: str, files: Iterable[RenderedFile]) -> None:
    # A name that no template has: a run that is interrupted leaves nothing that would be listed.
    new = f".{name}.{secrets.token_hex(8)}"
    with below.opened(root, PurePosixPath(within), make=True) as folder:
        os.mkdir(new, dir_fd=folder)
        try:
            write(root, files, PurePosixPath(within, new))
            _take_place(folder, root / within, new, name)
        finally:
            shutil.rmtree(new, ignore_errors=True, dir_fd=folder)


def _take_place(folder: int, shown: Path, new: str, name: str) -> None:
    """Have the new one in the place of the old, which is removed only then. Raises OSError, Refused."""
    old = f"{new}.old"
    try:
        os.rename(name, old, src_dir_fd=folder, dst_dir_fd=folder)
    except FileNotFoundError:
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    try:
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        _bring_back(folder, shown, old, name)
        raise
    shutil.rmtree(old, ignore_errors=True, dir_fd=folder)


def _bring_back(folder: int, shown: Path, old: str, name: str) -> None:
    try:
        os.rename(old, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        raise refuse(
            "template_moved",
            f"{shown / name} could not be written, and the old template lies in {shown / old}.",
            why=str(error),
            mend=f"Move it back: mv {shown / old} {shown / name}",
            outcome=Outcome.UNKNOWN,
        ) from error


def write(root: Path, files: Iterable[RenderedFile], within: PurePosixPath | str = "") -> None:
    """Write files below a folder that is new. Raises OSError."""
    for file in files:
        below.replace(root, str(PurePosixPath(within, file.path)), file.content, executable=file.executable)
