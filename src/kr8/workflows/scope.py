"""Which files of a copy are judged, and what the project leaves out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kr8.domain.infrastructure_check import LeftOut, Part
from kr8.domain.leaving_out import EVERYWHERE, LeavingOut, are_settings, counted
from kr8.domain.project import Project
from kr8.ports.checkers import Checker, Sources
from kr8.ports.copies import Copies


@dataclass(frozen=True)
class Scope:
    """What of a copy is judged, in a validation of some parts."""

    whole: Sources
    judged: Sources
    """What is not left out."""
    leaving_out: LeavingOut
    """What the patterns do with every path of the repository, read or not."""
    parts: frozenset[Part]
    code: set[str] = field(default_factory=set[str])
    """The files that checkers have judged, but for those that look everywhere."""
    code_left_out: set[str] = field(default_factory=set[str])
    """The files that they would have judged."""

    @property
    def project(self) -> Project | None:
        """What kr8.toml says."""
        return self.whole.project

    async def concerned(self, checker: Checker) -> tuple[Sources, tuple[str, ...]]:
        """What a checker gets to see, and which of it concerns it."""
        if checker.name in EVERYWHERE:
            return self.whole, await checker.concerned(self.whole, self.parts)
        files = await checker.concerned(self.judged, self.parts)
        self.code.update(_code(checker, files))
        if self.by_pattern:
            # Among all others: a file may be code by what lies beside it, and be judged.
            every = await checker.concerned(self.whole, self.parts)
            self.code_left_out.update(self.by_pattern.keys() & _code(checker, every))
        return self.judged, files

    @property
    def by_pattern(self) -> Mapping[str, str]:
        """The paths that are left out, each with the pattern that does."""
        return self.leaving_out.by_pattern

    def counted(self) -> tuple[LeftOut, ...]:
        """How much of the code each pattern leaves out, once every checker was asked."""
        return counted(self.project, self.by_pattern, self._unjudged())

    def all_left_out(self) -> bool:
        """Whether that is all the code there is."""
        return bool(self._unjudged()) and are_settings(self.code)

    def _unjudged(self) -> set[str]:
        """The code that is left out: what nobody has read, and may have some in it, is code as well."""
        return self.code_left_out | (self.by_pattern.keys() & self.whole.unread_places())


def _code(checker: Checker, files: tuple[str, ...]) -> set[str]:
    """Those of the files that a checker judges: what its tool may read beside them is no code for that."""
    return {path for path in files if not checker.judges or path.endswith(checker.judges)}


@asynccontextmanager
async def scope_of(
    copies: Copies, copied: Sources, project: Project | None, parts: frozenset[Part]
) -> AsyncGenerator[Scope]:
    """What of a copy is judged. What is left out lies where no tool looks: not even what is judged can use it."""
    whole = copied.model_copy(update={"project": project})
    found = await copies.leaving_out(whole)
    async with copies.without(whole, found.by_pattern) as judged:
        yield Scope(whole, judged, found, parts)
