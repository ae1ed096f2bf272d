"""Puts templates in their places, whole, and no version over another content of it. Imports Jinja."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp

from kr8.domain.problem import refuse
from kr8.domain.template import next_version, precedence
from kr8.drivers.templates import contents
from kr8.drivers.templates.folders import MANIFEST, parsed
from kr8.drivers.templates.renderer import refused
from kr8.drivers.templates.rendering import Failed, File
from kr8.ports.templates import RenderedFile


def plain(files: Iterable[RenderedFile]) -> tuple[File, ...]:
    """Files as they are rendered."""
    return tuple(File(each.path, each.content, each.executable) for each in files)


def keep(name: str, place: Path, files: tuple[RenderedFile, ...]) -> bool:
    """Put a template in its place; whether anything is new. Raises Refused (template_version_taken, not_writable)."""
    if not _is_new(name, place, plain(files)):
        return False
    try:
        _put(place, files)
    except OSError as error:
        what = f"{error.filename or place} cannot be written, and the template is as it was."
        raise refuse("not_writable", what, why=str(error), mend="Let kr8's user write there.") from error
    return True


def _is_new(name: str, place: Path, files: tuple[File, ...]) -> bool:
    """Whether the content is not there yet. Raises Refused where its version, or a later one, is."""
    if not (place / MANIFEST).exists():
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
        mend=f'Give this one version = "{next_version(old)}", or a higher one.',
    )


def _put(place: Path, files: Iterable[RenderedFile]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    # Names that no template has: a run that is interrupted leaves nothing that would be listed.
    new = Path(mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    old = new.with_name(f"{new.name}.old")
    try:
        new.chmod(0o755)
        write(new, files)
        if place.exists():
            place.rename(old)
        new.rename(place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write(folder: Path, files: Iterable[RenderedFile]) -> None:
    """Write files below a folder that is new."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(0o755 if file.executable else 0o644)
