"""Checkers that say what the test says, and copies of files that live in memory."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from tests.fakes.repositories import FakeRepositories

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Gap, Part
from kr8.domain.leaving_out import LeavingOut, leaving_out
from kr8.domain.waiver import FILE, Waivers, read_waivers
from kr8.ports.checkers import Sources
from kr8.ports.clock import Clock

Answer = Callable[[Sources, tuple[str, ...]], Checked]


def found(rule: str, place: str | None = None, severity: Severity = Severity.HIGH, **more: str) -> Finding:
    """A finding."""
    return Finding(rule=rule, severity=severity, what=more.pop("what", f"{rule} is broken."), place=place, **more)


@dataclass
class FakeChecker:
    """Concerned with the files that match a pattern; finds `findings`, or does what `answer` does."""

    name: str = "fake"
    pattern: str = "*"
    findings: tuple[Finding, ...] = ()
    part: Part = Part.TERRAFORM
    tool: str | None = "fake"
    names: tuple[str, ...] = ()
    """How the names of its rules begin; (): with its own."""
    security: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    """How the names of the files end that it judges; (): all that match."""
    installed: str | None = "1.0"
    seconds: float = 1.0
    answer: Answer | None = None
    clock: Clock | None = None
    runs: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    """The files of each run: what came from the cache is none."""

    @property
    def rules(self) -> tuple[str, ...]:
        """As the test says."""
        return self.names or (f"{self.name}/",)

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The files that match."""
        return tuple(file for file in sources.files if fnmatchcase(file, self.pattern)) if self.part in parts else ()

    async def version(self) -> str | None:
        """What the test says."""
        return self.installed

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """Take its time, then say what the test says."""
        self.runs.append(files)
        if self.clock is not None:
            await self.clock.sleep(self.seconds)
        if self.answer is not None:
            return self.answer(sources, files)
        return Checked(checker=self.name, state=CheckState.CHECKED, findings=self.findings)


@dataclass
class FakeCopies:
    """Copies of what FakeRepositories has committed; `working` is what a working tree has instead."""

    repositories: FakeRepositories
    working: dict[str, bytes] = field(default_factory=dict[str, bytes])
    skipped: tuple[Finding, ...] = ()
    unread: tuple[Gap, ...] = ()
    open: int = 0
    """How many copies are there now."""
    _held: dict[str, bytes] = field(default_factory=dict[str, bytes])

    async def state(self, repository: Path) -> str:
        """A digest of what `of_checkout` copies."""
        async with self.of_checkout(repository) as sources:
            return sources.digest_of(sources.files)

    @asynccontextmanager
    async def of_checkout(self, repository: Path) -> AsyncGenerator[Sources]:
        """What is committed last, and what the test put over it."""
        async with self.of_commit(repository, "HEAD") as sources:
            self._held |= self.working
            yield self._sources(sources.root)

    @asynccontextmanager
    async def of_commit(self, repository: Path, commit: str) -> AsyncGenerator[Sources]:
        """The files of a commit."""
        id_ = (await self.repositories.resolve(repository, commit)).id
        snapshot = next(each for each in self.repositories.snapshots[repository] if each.commit.id == id_)
        self._held = dict(snapshot.files)
        self.open += 1
        try:
            yield self._sources(repository)
        finally:
            self.open -= 1

    async def waivers(self, sources: Sources, today: date) -> Waivers:
        """As they are read."""
        return read_waivers(await self.read(sources, FILE), today)

    async def leaving_out(self, sources: Sources) -> LeavingOut:
        """What the patterns do with the paths."""
        return leaving_out(sources.project, sources.paths())

    @asynccontextmanager
    async def without(self, sources: Sources, paths: Collection[str]) -> AsyncGenerator[Sources]:
        """The same, without the files."""
        yield sources.without(paths)

    async def read(self, sources: Sources, path: str) -> bytes | None:
        """The content of a file."""
        return self._held.get(path) if path in sources.digests else None

    def _sources(self, root: Path) -> Sources:
        digests = {path: hashlib.sha256(self._held[path]).hexdigest() for path in sorted(self._held)}
        return Sources(root=root, digests=digests, skipped=self.skipped, unread=self.unread)


@dataclass
class FakeGuard:
    """Finds what the test says."""

    findings: tuple[Finding, ...] = ()
    looked: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    """The files of each time."""

    async def concerned(self, sources: Sources) -> tuple[str, ...]:
        """Every file."""
        self.looked.append(sources.files)
        return sources.files

    async def found(self, sources: Sources, files: tuple[str, ...]) -> tuple[Finding, ...]:
        """The findings."""
        return self.findings


@dataclass
class MemoryCheckResults:
    """Keeps results in memory."""

    kept: dict[str, Checked] = field(default_factory=dict[str, Checked])

    async def get(self, key: str) -> Checked | None:
        """A result."""
        return self.kept.get(key)

    async def put(self, key: str, checked: Checked) -> None:
        """Keep it."""
        self.kept[key] = checked
