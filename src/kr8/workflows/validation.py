"""Validates infrastructure code: every checker that the files concern, side by side, and one list of findings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kr8.domain.digest import digest
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Found, Part, Validated, judged, not_checked
from kr8.domain.merging import apart, idle, merged, worst_first
from kr8.domain.problem import Problem, Refused
from kr8.domain.project import Project
from kr8.domain.settling import has_been_looked_for, settled
from kr8.domain.waiver import Waiver, unused
from kr8.ports.check_results import CheckResults
from kr8.ports.checkers import Checker, Sources
from kr8.ports.clock import Clock
from kr8.ports.copies import Copies
from kr8.ports.guard import Guard
from kr8.ports.project_files import ProjectFiles
from kr8.version import VERSION
from kr8.workflows.scope import Scope, scope_of

log = logging.getLogger(__name__)
ALL_PARTS = frozenset(Part)
RESULT = 7
"""The form of what is kept: what an older kr8 kept says less."""
HINTED = 50
"""Of how many waivers that waive nothing the rule that may be meant is looked for, which takes milliseconds."""
SIDE_BY_SIDE = 4
"""How many checkers run at once."""


@dataclass
class Progress:
    """How far a validation is: the checkers that run, and those that have ended."""

    running: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Validation:
    """Checks a working tree, or a commit."""

    clock: Clock
    copies: Copies
    guard: Guard
    project_files: ProjectFiles
    results: CheckResults
    checkers: Sequence[Checker]

    async def of_checkout(
        self, repository: Path, parts: frozenset[Part] = ALL_PARTS, progress: Progress | None = None
    ) -> Validated:
        """What is found in the files of a working tree, committed or not. Raises Refused where they cannot be read."""
        async with self.copies.of_checkout(repository) as copied:
            return await self._validate(copied, parts, progress or Progress())

    async def of_commit(self, repository: Path, commit: str, parts: frozenset[Part] = ALL_PARTS) -> Validated:
        """What is found in the files of a commit. Raises Refused where they cannot be read."""
        async with self.copies.of_commit(repository, commit) as copied:
            return await self._validate(copied, parts, Progress())

    async def _validate(self, copied: Sources, parts: frozenset[Part], progress: Progress) -> Validated:
        project, unread = await self._project(copied)
        async with scope_of(self.copies, copied, project, parts) as scope:
            return await self._judge(scope, unread, progress)

    async def _judge(self, scope: Scope, unread: tuple[Finding, ...], progress: Progress) -> Validated:
        copied, parts = scope.whole, scope.parts
        guarded = await self._guarded(scope.judged)
        scope = replace(scope, judged=scope.judged.model_copy(update={"runs_code": guarded}))
        waivers = await self.copies.waivers(copied, self.clock.now().date())
        every_check = [*_unread(scope.judged), *await self._all(scope, progress)]
        checks, unjudged = settled(every_check, waivers.counting)
        asked = tuple(finding for finding in guarded if _is_asked(finding, parts))
        own = (*copied.skipped, *unread, *waivers.findings, *asked, *scope.leaving_out.findings)
        blocks = {path: lines for each in checks for path, lines in each.blocks.items()}
        every = (*own, *(finding for each in checks for finding in each.findings))
        found = merged(every, blocks)
        stands, waived = apart(found, waivers.counting)
        idle_ones = self._idle(waivers.counting, (*found, *unjudged), checks) if parts == ALL_PARTS else ()
        return Validated(
            digest=digest([copied.digests, sorted(parts)]),
            checks=checks,
            found=worst_first((*stands, *merged(idle_ones))),
            waived=(*waived, *(each for each in unjudged if each.reason)),
            security=tuple(begin for checker in self.checkers for begin in checker.security),
            left_out=scope.counted(),
            all_left_out=scope.all_left_out(),
        )

    def _idle(
        self, waivers: tuple[Waiver, ...], found: tuple[Found, ...], checks: tuple[Checked, ...]
    ) -> Iterator[Finding]:
        """Of each waiver that waives nothing, though it was looked for, what to say."""
        names = {name for each in found for name in (each.finding.rule, *each.also)}
        rules = {checker.name: checker.rules for checker in self.checkers}
        ones = [one for one in idle(waivers, found) if has_been_looked_for(one.rule, checks, rules)]
        for number, one in enumerate(ones):
            yield unused(one, names if number < HINTED else ())

    async def _guarded(self, sources: Sources) -> tuple[Finding, ...]:
        """What would run code; kept like a checker's result, for it is looked for each time."""
        files = await self.guard.concerned(sources)
        key = digest([VERSION, "guard", sources.digest_of(files)])
        kept = await self.results.get(key)
        if kept is None:
            found = await self.guard.found(sources, files)
            kept = Checked(checker="guard", state=CheckState.CHECKED, findings=found)
            await self.results.put(key, kept)
        return kept.findings

    async def _project(self, sources: Sources) -> tuple[Project | None, tuple[Finding, ...]]:
        """What kr8.toml says; where it is not valid, that is a finding."""
        content = await self.copies.read(sources, "kr8.toml")
        try:
            return (self.project_files.read(content) if content is not None else None), ()
        except Refused as refused:
            return None, (_finding_of(refused.problem),)

    async def _all(self, scope: Scope, progress: Progress) -> list[Checked]:
        free = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(checker: Checker) -> Checked:
            async with free:
                progress.running.append(checker.name)
                began = self.clock.monotonic()
                checked = await self._safely(checker, scope)
                progress.running.remove(checker.name)
                progress.ended.append(checker.name)
                return checked.model_copy(update={"seconds": round(self.clock.monotonic() - began, 3)})

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(checker)) for checker in self.checkers]
        return sorted((task.result() for task in tasks), key=lambda each: each.checker)

    async def _safely(self, checker: Checker, scope: Scope) -> Checked:
        """What a checker says; one that fails has not checked, and takes no other one with it."""
        try:
            return await self._checked(checker, scope)
        except Refused as refused:
            problem = refused.problem
            return not_checked(checker.name, f"{problem.what} {problem.why} {problem.mend}".strip())
        except Exception as error:
            log.exception("the checker %s failed", checker.name)
            return not_checked(checker.name, f"It failed in a way that kr8 did not foresee: {type(error).__name__}.")

    async def _checked(self, checker: Checker, scope: Scope) -> Checked:
        sources, files = await scope.concerned(checker)
        if not files:
            return Checked(checker=checker.name, state=CheckState.NOTHING_TO_CHECK)
        version = await checker.version()
        if version is None:
            return not_checked(checker.name, missing(checker))
        guarded = [finding.model_dump(mode="json") for finding in sources.runs_code]
        content = [sources.digest_of(files), sorted(sources.absent), guarded]
        key = digest([VERSION, RESULT, checker.name, version, *content])
        kept = await self.results.get(key)
        if kept is not None:
            return kept.model_copy(update={"cached": True})
        checked = (await checker.check(sources, files)).model_copy(update={"version": version})
        if checked.lasting:
            await self.results.put(key, checked)
        return checked


def _unread(sources: Sources) -> tuple[Checked, ...]:
    """What no checker gets to see."""
    return (judged("files", sources.unread),) if sources.unread else ()


def missing(checker: Checker) -> str:
    """What to say of a checker whose tool is not there."""
    if checker.tool is None:
        return f"{checker.name} is not on this machine: install it, and check again."
    return f"{checker.tool} is not installed: kr8 tools install {checker.tool}"


def _finding_of(problem: Problem) -> Finding:
    return Finding(
        rule=f"kr8/{problem.code.replace('_', '-')}",
        severity=Severity.HIGH,
        what=problem.what,
        why="\n".join(part for part in (problem.why, *problem.output) if part),
        mend=problem.mend,
        place=problem.place or "kr8.toml",
    )


def _is_asked(finding: Finding, parts: frozenset[Part]) -> bool:
    """Whether a finding is about one of the parts: its rule's name begins with the part's."""
    about = finding.rule.rpartition("/")[2].partition("-")[0]
    return about not in frozenset(Part) or about in parts
