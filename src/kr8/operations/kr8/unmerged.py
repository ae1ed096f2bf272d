"""Files of a template that are no text: nothing of them can be merged by lines."""

from __future__ import annotations

from collections.abc import Iterable, Set
from pathlib import Path
from typing import NamedTuple

from kr8.domain.source import Written, WrittenFile
from kr8.ports.templates import RenderedFile, Rendering
from kr8.workflows.checkouts import Checkouts


class Brought(NamedTuple):
    """What became of them."""

    files: tuple[WrittenFile, ...]
    """Those that were not there, and were written."""
    left: tuple[str, ...]
    """Those that are there with another content, and are as they were."""

    def beside(self, files: Iterable[WrittenFile]) -> Brought:
        """The same with other files before them."""
        return Brought((*files, *self.files), self.left)


def text_of(file: RenderedFile) -> str | None:
    """A file's text; None: it is none that could be merged by lines."""
    try:
        return None if b"\0" in file.content else file.content.decode()
    except UnicodeDecodeError:
        return None


def unmerged(rendering: Rendering) -> tuple[RenderedFile, ...]:
    """The files that are no text."""
    return tuple(each for each in rendering.files if text_of(each) is None)


async def bring(root: Path, rendering: Rendering, keep: Set[str], checkouts: Checkouts, *, is_new: bool) -> Brought:
    """Write those that are not there, where the rendering is a new one; one that is there is never replaced.

    Raises Refused (path_outside, not_writable).
    """
    files = unmerged(rendering)
    there = {each.path: await checkouts.repositories.working(root, each.path) for each in files}
    missing = [each for each in files if there[each.path] is None and each.path not in keep] if is_new else []
    contents = {each.path: each.content for each in missing}
    programs = frozenset(each.path for each in missing if each.executable)
    new = checkouts.project_files.write(root, contents, programs) if contents else ()
    left = tuple(
        each.path
        for each in files
        if each.path not in keep and there[each.path] is not None and there[each.path] != each.content
    )
    return Brought(tuple(WrittenFile(path=path, written=Written.NEW) for path in new), left)
