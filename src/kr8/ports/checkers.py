"""What looks for mistakes in infrastructure code: one checker is one outside tool, or kr8's own rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Protocol

from kr8.domain.digest import digest
from kr8.domain.finding import Finding
from kr8.domain.infrastructure_check import Checked, Gap, Part
from kr8.domain.model import Model
from kr8.domain.project import Project
from kr8.domain.tree import Tree


class Sources(Model):
    """The files of one project that are checked, in a folder that nothing changes meanwhile."""

    root: Path
    """A private copy that the checkers share: one whose tool writes beside the files makes a copy of its own."""
    digests: dict[str, str]
    """SHA-256 of each file by its path, which is relative, with slashes. There are no links; sorted by path."""
    skipped: tuple[Finding, ...] = ()
    """What was not copied, and so is checked by nobody: links that lead out, files too large, files too many."""
    unread: tuple[Gap, ...] = ()
    """Those of them that may have infrastructure code in them, and why they were not copied: they are not checked."""
    absent: frozenset[str] = frozenset()
    """The paths of the repository that are not in `digests`, whatever for: who misses one misses nothing."""
    project: Project | None = None
    """What kr8.toml says; None: there is none that can be read."""
    runs_code: tuple[Finding, ...] = ()
    """What in the files would run code, or read what is outside of them, when a tool evaluates them.

    Found before any tool ran. A checker whose tool evaluates the files must leave out what these are in, and say that
    it is not checked.
    """

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of all files."""
        return tuple(self.digests)

    def unread_places(self) -> frozenset[str]:
        """Where the unread files lie."""
        return frozenset(gap.place for gap in self.unread if gap.place is not None)

    def paths(self) -> frozenset[str]:
        """Every path of the repository, copied or not."""
        return self.absent.union(self.digests, self.unread_places())

    def without(self, paths: Collection[str]) -> Sources:
        """The same without some files, though they lie there: who goes by the paths is told of none of them."""
        digests = {path: digest for path, digest in self.digests.items() if path not in paths}
        unread = tuple(gap for gap in self.unread if gap.place is None or gap.place not in paths)
        absent = self.absent.union(path for path in paths if path in self.digests)
        return self.model_copy(update={"digests": digests, "unread": unread, "absent": absent})

    def tree(self) -> Tree:
        """Which paths there are, read or not."""
        return Tree(self.digests, self.absent)

    def digest_of(self, files: Iterable[str]) -> str:
        """The digest of some of the files: what a result is cached by."""
        return digest({file: self.digests[file] for file in files})


class Checker(Protocol):
    """Runs one tool over the files."""

    @property
    def name(self) -> str:
        """What its results and its cached results go by: unique among the checkers."""
        ...

    @property
    def tool(self) -> str | None:
        """The name of the tool that `kr8 tools install` installs for it; None: it needs none, or one of the system."""
        ...

    @property
    def rules(self) -> tuple[str, ...]:
        """How the names of its rules begin; of some, another checker has rules too."""
        ...

    @property
    def security(self) -> tuple[str, ...]:
        """How the names of those of its rules begin that are about security."""
        ...

    @property
    def judges(self) -> tuple[str, ...]:
        """How the names of the files end that it judges; the others that concern it are those that its tool may read.

        (): it judges all that concern it.
        """
        ...

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The files that its findings about these parts depend on; (): there is nothing here that it checks.

        While these files and its version stay the same, so does its result.
        """
        ...

    async def version(self) -> str | None:
        """The version of the tool and of what it knows, by which results are cached; None: it is not installed."""
        ...

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What it finds in the files that it is concerned with.

        A tool that could not run, or could not judge a file, is said to be `not_checked`, with what to do; a finding of
        a file it could not read, beside that. A place is "path:line". What a tool quotes of the files goes into a
        finding's `why`, which is shown as untrusted text; `what` has words of the tool's own. Raises Refused where
        the tool failed, which becomes `not_checked` too.
        """
        ...
