"""Drafts become templates: tried with their defaults and every example, scanned, validated, and then kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Validated
from kr8.domain.made_files import check_kind
from kr8.domain.problem import Refused, refuse
from kr8.domain.shortened import shortened
from kr8.domain.template import Template, Value
from kr8.planning.proposal import Proposal
from kr8.planning.proposals import counts, draft, kept, proposals
from kr8.ports.builder import Builder
from kr8.ports.project_files import ProjectFiles
from kr8.ports.repositories import Repositories
from kr8.ports.scanner import Scanner
from kr8.ports.template_drafts import TemplateDrafts
from kr8.ports.templates import RenderedFile, Rendering
from kr8.workflows.rendered_project import check_identity
from kr8.workflows.template_tests import OF_OTHERS, TemplateTests, not_run
from kr8.workflows.validation import Validation

IDENTITY: dict[str, Value] = {"name": "example", "id": "prj_example00"}
"""What kr8 gives to every new project, whatever an example says: here it makes one up."""
DEFAULTS = "its defaults"
REFUSED = frozenset({Severity.HIGH, Severity.CRITICAL})
NAMED = 10
"""How many findings a refusal names."""
LONGEST_WHY = 320
"""The characters that are told of why one was found."""
WAIT_S = 20.0
"""How long a caller is kept waiting: a draft with many examples, on a busy machine, takes longer."""
AT_ONCE = 2
"""How many drafts are tried at a time, whoever asks: each starts every checker."""
KEPT = 8
"""How many that have ended wait for whoever asked: another draft does not take it away."""
LONGEST_S = 900.0
"""How long one is tried."""
MEND_PROJECT = "Mend kr8.toml in the template's files, or the values of the example."
Files = tuple[RenderedFile, ...]


@dataclass(frozen=True)
class Tried:
    """A draft that may be kept."""

    template: Template
    findings: tuple[Finding, ...]
    """What was found in what it makes, none of it grave; each once."""
    not_checked: tuple[Checked, ...]
    """The checkers that could not run, or not judge everything: each once, by name."""


@dataclass(frozen=True)
class Proposed:
    """What a project could be asked for."""

    proposal: Proposal
    places: dict[str, int]
    """How often it stands in which file."""


@dataclass(frozen=True)
class NewTemplates:
    """Tries drafts, and keeps those that are well."""

    drafts: TemplateDrafts
    repositories: Repositories
    project_files: ProjectFiles
    scanner: Scanner
    validation: Validation
    builder: Builder
    _runs: dict[str, asyncio.Task[Tried]] = field(default_factory=dict[str, "asyncio.Task[Tried]"])
    """What is being tried, and what nobody has waited for, by the content of the draft."""

    async def accept(self, name: str, files: Files, project: Path | None) -> tuple[Tried, Path, bool]:
        """Try a draft, and keep it among a project's templates or the user's: where, and whether anything is new.

        Raises Refused: what the port says; template_secret, template_not_valid, template_tests_failed,
        example_missing, template_identity; still_trying where it takes longer than a caller waits; too_many_drafts;
        template_limit.
        """
        tried = await self.tried(name, files, runs_tests=True)
        where, is_new = await self.drafts.keep(name, files, project)
        return tried, where, is_new

    async def proposed(self, project: Path) -> tuple[Proposed, ...]:
        """What the project's commit could be asked for, and has somewhere. Raises Refused: it is no template's size."""
        files = kept(await self._committed(project))
        found = (Proposed(each, counts(each, files)) for each in await self._proposals(project))
        return tuple(each for each in found if each.places or each.proposal.parameter.name in IDENTITY)

    async def drafted(self, project: Path, name: str, version: str, description: str, taken: frozenset[str]) -> Files:
        """The draft of a project's commit that asks for what was taken; it makes that very project of its own values.

        Raises Refused (unknown_parameter, template_differs).
        """
        known = {each.parameter.name: each for each in await self._proposals(project)}
        if taken - known.keys():
            names = ", ".join(sorted(taken - known.keys()))
            what = f"{names} is not proposed."
            raise refuse("unknown_parameter", what, mend=f"Proposed are: {', '.join(known)}.", field="accept")
        accepted = [each for key, each in known.items() if key in taken]
        files = kept(await self._committed(project))
        made = draft(name, version, description, accepted, files)
        values: dict[str, Value] = {each.parameter.name: each.text for each in accepted}
        rendering = await self.drafts.render(name, made, values)
        differs = sorted(_contents(files) ^ _contents(rendering.files))
        if differs:
            raise refuse(
                "template_differs",
                "The template would not make the project that it is made of.",
                why="A file with an expression in it came out otherwise.",
                mend="Accept less, or write the template's folder yourself.",
                output=tuple(dict.fromkeys(path for path, _, _ in differs))[:NAMED],
            )
        return made

    async def _proposals(self, project: Path) -> tuple[Proposal, ...]:
        head = await self.repositories.resolve(project, "HEAD")
        content = await self.repositories.read(project, head.id, "kr8.toml")
        if content is None:
            raise refuse(
                "no_project_file",
                f"{project} has no committed kr8.toml.",
                mend="Commit it, then again.",
                field="project",
            )
        return proposals(self.project_files.read(content))

    async def _committed(self, project: Path) -> Files:
        """The files of HEAD."""
        head = await self.repositories.resolve(project, "HEAD")
        tree = await self.repositories.tree(project, head.id, ".")
        async with self.drafts.written(()) as folder:
            await self.repositories.export(project, tree, folder)
            return await self.drafts.all_of(folder, f"of the project {project.name}")

    async def tried(self, name: str, files: Files, *, runs_tests: bool) -> Tried:
        """What is found in what a draft makes. It goes on where nobody waits. Raises Refused as `accept`."""
        key = f"{name} {self.drafts.digest(files)} {runs_tests}"
        if key not in self._runs:
            self._make_room(name)
            self._runs[key] = asyncio.create_task(self._in_time(name, files, runs_tests))
        run = self._runs[key]
        await asyncio.wait({run}, timeout=WAIT_S)
        if not run.done():
            raise refuse(
                "still_trying",
                f"The template {name} is still being tried, and was not kept yet.",
                mend="Make the same call again: it gets what came of it.",
                retryable=True,
            )
        self._runs.pop(key, None)
        return run.result()

    async def close(self) -> None:
        """End what is being tried."""
        for run in self._runs.values():
            run.cancel()
        await asyncio.gather(*self._runs.values(), return_exceptions=True)

    def _make_room(self, name: str) -> None:
        """Forget what ended long ago. Raises Refused (too_many_drafts) where others are being tried."""
        ended = [other for other, run in self._runs.items() if run.done()]
        for oldest in ended[:-KEPT]:
            del self._runs[oldest]
        if sum(not run.done() for run in self._runs.values()) >= AT_ONCE:
            raise refuse(
                "too_many_drafts",
                f"The template {name} was not tried: {AT_ONCE} others are being tried.",
                why="Each is checked with every tool, which takes what the machine has.",
                mend="Make the same call again in a minute.",
                retryable=True,
            )

    async def _in_time(self, name: str, files: Files, runs_tests: bool) -> Tried:
        limit = asyncio.timeout(LONGEST_S)
        try:
            async with limit:
                return await self._tried(name, files, runs_tests)
        except TimeoutError:
            if not limit.expired():
                raise
            raise refuse(
                "template_limit",
                f"The template {name} took longer than {LONGEST_S:.0f} s to be tried, and was not kept.",
                why="It is tried with every example that it has.",
                mend="Give it fewer examples, or fewer files.",
            ) from None

    async def _tried(self, name: str, files: Files, runs_tests: bool) -> Tried:
        template = self.drafts.describe(name, files)
        renderings = {each: await self._rendered(name, files, each, values) for each, values in _trials(template)}
        for example, rendering in renderings.items():
            self._check_project(template, example, rendering)
        guesses = await self._scanned(name, files)
        validated = [await self._validated(name, example, each.files) for example, each in renderings.items()]
        found = (*guesses, *(each.finding for one in validated for each in one.found))
        tested = await self._tested(template, renderings, runs_tests)
        checks = (*(each for one in validated for each in one.checks), tested)
        unchecked = {each.checker: each for each in checks if each.state is CheckState.NOT_CHECKED}
        return Tried(template, tuple(_once(found)), tuple(unchecked[each] for each in sorted(unchecked)))

    async def _tested(self, template: Template, renderings: dict[str, Rendering], runs_tests: bool) -> Checked:
        """Its own tests, over all that it makes. Last, for they run its code."""
        if template.tests is not None and not runs_tests:
            return not_run(OF_OTHERS)
        tests = TemplateTests(self.drafts, self.repositories, self.project_files, self.builder)
        return await tests.of(template, renderings)

    async def _rendered(self, name: str, files: Files, example: str, values: dict[str, Value]) -> Rendering:
        try:
            return await self.drafts.render(name, files, {"description": "An example."} | values | IDENTITY)
        except Refused as refused:
            raise _of_example(refused, example) from None

    def _check_project(self, template: Template, example: str, rendering: Rendering) -> None:
        """Refuse a project whose kr8.toml cannot be read, or that is the same project each time."""
        files = {each.path: each.content for each in rendering.files}
        check_kind(template, files, template.kind)
        if template.kind == "infrastructure":
            return
        try:
            project = self.project_files.read(files["kr8.toml"], f"kr8.toml of {example}")
        except Refused as refused:
            raise Refused(refused.problem.model_copy(update={"mend": MEND_PROJECT})) from None
        if project.validation.leave_out:
            raise refuse(
                "template_leaves_out",
                f"The template {template.name} has files left out of the validation that it is tried by.",
                why="Every project made from it would have them, judged by nobody.",
                mend="Take leave_out out of its kr8.toml.",
            )
        check_identity(template, project, IDENTITY)

    async def _scanned(self, name: str, files: Files) -> tuple[Finding, ...]:
        """What may be a secret in the draft. Raises Refused (template_secret) for what is one."""
        async with self._repository(files) as folder:
            head = await self.repositories.resolve(folder, "HEAD")
            found = await self.scanner.scan(folder, head.id)
        secrets = [each for each in found if each.severity in REFUSED]
        if secrets:
            raise refuse(
                "template_secret",
                f"The template {name} has a secret in it, and was not kept.",
                why="Every project made from it would have it, and who can read the template has it.",
                mend="Revoke it, and take it out; a service gets secrets by `kr8 secret set`. A line that only looks "
                "like one may end with `pragma: allowlist secret`.",
                output=tuple(place for each in secrets for place in each.untrusted_places)[:NAMED],
            )
        return found

    async def _validated(self, name: str, example: str, files: Files) -> Validated:
        """What the checkers find in what was made. Raises Refused (template_not_valid) for what is grave."""
        async with self._repository(files) as folder:
            validated = await self.validation.of_checkout(folder)
        grave = [each.finding for each in validated.found if each.finding.severity in REFUSED]
        if grave:
            raise _not_valid(name, example, grave)
        return validated

    @asynccontextmanager
    async def _repository(self, files: Files) -> AsyncGenerator[Path]:
        """A repository with these files committed, gone when the context ends."""
        async with self.drafts.written(files) as folder:
            await self.repositories.start(folder, "Try a template")
            yield folder


def _trials(template: Template) -> Iterable[tuple[str, dict[str, Value]]]:
    """The defaults where they suffice, and every example. Raises Refused (example_missing)."""
    wanted = [each.name for each in template.wanted()]
    if wanted and not template.examples:
        raise refuse(
            "example_missing",
            f"The template {template.name} cannot be tried: {', '.join(wanted)} has no default.",
            mend="Add an [[examples]] with a value for it.",
        )
    defaults: list[tuple[str, dict[str, Value]]] = [] if wanted else [(DEFAULTS, {})]
    return [*defaults, *((f"the example {each.name}", dict(each.values)) for each in template.examples)]


def _not_valid(name: str, example: str, grave: Sequence[Finding]) -> Refused:
    more = f" {len(grave) - NAMED} more are not named here." if len(grave) > NAMED else ""
    return refuse(
        "template_not_valid",
        f"What the template {name} makes of {example} is not valid, and it was not kept.",
        why=f"What is high or critical is not kept: {len(grave)} of what was found.{more}",
        mend="Mend what is named, in the files of the template that make it.",
        output=tuple(map(_in_a_line, grave[:NAMED])),
    )


def _in_a_line(finding: Finding) -> str:
    """A finding, with what is wrong and what to do: nothing else says it of a draft."""
    place = finding.place or ", ".join(finding.untrusted_places)
    why = shortened(" ".join(finding.why.split()), LONGEST_WHY)
    return " ".join(part for part in (f"{finding.rule} {place}: {finding.what}", why, finding.mend) if part)


def _of_example(refused: Refused, example: str) -> Refused:
    why = f"It was tried with {example}. {refused.problem.why}".strip()
    return Refused(refused.problem.model_copy(update={"why": why}))


def _contents(files: Files) -> set[tuple[str, bytes, bool]]:
    return {(each.path, each.content, each.executable) for each in files}


def _once(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Each finding once: the examples of a template have much in common."""
    return {(each.rule, each.place, each.untrusted_places): each for each in findings}.values()
