"""Three versions of a file made one by `git merge-file`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from kr8.domain.problem import refuse
from kr8.drivers.git import commands
from kr8.drivers.git.generated_record import PLACE, Base, Conflict, digest
from kr8.drivers.git.running import Git
from kr8.drivers.process.command import Ended

BY_GIT = "Look at git's own words; `git fsck` finds a damaged repository."
MOST_CONFLICTS = 127
"""More are not counted; a higher exit code is an error."""


_BEGINS, _PARTS, _ENDS = (f"{sign * commands.MARKER}".encode() for sign in "<=>")


class Merged(NamedTuple):
    """What became of a merge."""

    content: bytes | None
    """All of both changes; None: they conflict, or what was generated before is not in this clone."""
    open: tuple[str, ...] = ()
    """Of each place that conflicts, what both sides have there, as a digest."""


class Merging:
    """Merges what is generated into what was changed by hand."""

    def __init__(self, git: Git) -> None:
        self._git = git

    async def merged(self, root: Path, path: str, base: Base | None, mine: bytes, new: bytes) -> Merged:
        """What was changed by hand and what is generated, together."""
        before = await self._before(root, base)
        if before is None:
            return Merged(None)
        ended = await self._merge(path, commands.merge, before, mine, new)
        return Merged(None, _places(ended.stdout)) if ended.exit else Merged(ended.stdout)

    async def with_the_rest(
        self, root: Path, path: str, base: Base | None, mine: bytes, conflict: Conflict, now: bytes | None
    ) -> bytes | None:
        """What somebody has settled by hand, with what was new beside it: what conflicts stays as they have it.

        `now`: what is generated now, which may be what they have settled. None: they have edited other places alone, or
        a part of it is not in this clone.
        """
        decided = conflict.generated
        before = await self._before(root, base)
        new = now if now is not None and digest(now) == decided.digest else await self._before(root, decided)
        if before is None or new is None:
            return None
        places = _places((await self._merge(path, commands.merge, before, mine, new)).stdout)
        if set(places) & set(conflict.open):
            return None
        return (await self._merge(path, commands.merge_ours, before, mine, new)).stdout

    async def committed(self, root: Path, path: str) -> bytes | None:
        """A file as the last commit has it; None: it has none."""
        ended = await self._git.run(root, commands.content("blob", f"HEAD:./{path}"))
        return ended.stdout if ended.ok() else None

    async def _before(self, root: Path, base: Base | None) -> bytes | None:
        """What was generated before; None: this clone of the repository has it no more."""
        if base is None:
            return b""
        ended = await self._git.run(root, commands.content("blob", base.object))
        return ended.stdout if ended.ok() and digest(ended.stdout) == base.digest else None

    async def _merge(self, path: str, command: commands.Merge, before: bytes, mine: bytes, new: bytes) -> Ended:
        with TemporaryDirectory(prefix="kr8-merge-") as folder:
            for name, content in (("mine", mine), ("before", before), ("new", new)):
                Path(folder, name).write_bytes(content)
            ended = await self._git.run(Path(folder), command("mine", "before", "new"))
        if ended.exit is None or ended.exit > MOST_CONFLICTS:
            raise refuse(
                "git_failed",
                f"Git could not merge {path}: {ended.how()}.",
                why="It was changed by hand, and something else is generated there. The files before it are written.",
                mend=f"Keep it as it is (--keep {path}; keep=[{path!r}]); or commit it, and take what is generated "
                "(--force; force=true).",
                output=ended.last_words(),
            )
        return ended


def _places(merged: bytes) -> tuple[str, ...]:
    """What both sides have at each place that conflicts. Marks that a file has itself are lines as others."""
    places, within = set[str](), list[bytes]()
    is_within = has_both = False
    for line in merged.split(b"\n"):
        if line.startswith(_BEGINS + b" "):
            is_within, has_both, within = True, False, []
        elif is_within and has_both and line.startswith(_ENDS + b" "):
            places.add(digest(b"\n".join(within))[:PLACE])
            is_within = False
        elif is_within:
            has_both = has_both or line.rstrip(b"\r") == _PARTS
            within.append(line)
    return tuple(sorted(places))
