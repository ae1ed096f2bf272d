"""A draft's own tests, run over what it makes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from kr8.domain.infrastructure_check import Checked, CheckState, not_checked
from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Service
from kr8.domain.template import Template, Tests
from kr8.ports.builder import Builder, Trial, Tried
from kr8.ports.project_files import ProjectFiles
from kr8.ports.repositories import Repositories
from kr8.ports.template_drafts import TemplateDrafts
from kr8.ports.templates import Rendering

TESTS = "tests"
"""What stands among the names of checkers for a template's own tests."""
LIMIT_S = 600.0
"""How long the tests run over all that one draft makes: that is what one build of it may take."""
OF_OTHERS = "The tests of a template that is fetched are not run when it is added: its files are somebody else's."


@dataclass(frozen=True)
class TemplateTests:
    """Builds what a draft makes, and runs the tests that it names, where builds are made."""

    drafts: TemplateDrafts
    repositories: Repositories
    project_files: ProjectFiles
    builder: Builder

    async def of(self, template: Template, renderings: Mapping[str, Rendering]) -> Checked:
        """Whether they were run over all that it makes, by the names of examples: those that were not are no pass.

        The first always runs to its end; all others end with the time that one build has. Raises Refused
        (template_tests_failed).
        """
        if template.tests is None:
            return Checked(checker=TESTS, state=CheckState.NOTHING_TO_CHECK)
        unmet = await self.drafts.unmet(template)
        if unmet:
            return not_run(" ".join(unmet))
        ends = asyncio.get_running_loop().time() + LIMIT_S
        first, *others = _different(renderings)
        refusal = await self._run(template, template.tests, first, renderings[first])
        return refusal or await self._others(
            template, template.tests, {each: renderings[each] for each in others}, ends
        )

    async def _others(self, template: Template, tests: Tests, left: dict[str, Rendering], ends: float) -> Checked:
        limit = asyncio.timeout_at(ends)
        try:
            async with limit:
                for example in tuple(left):
                    if (refusal := await self._run(template, tests, example, left[example])) is not None:
                        return refusal
                    del left[example]
        except TimeoutError:
            if not limit.expired():
                raise
            return not_run(f"over {', '.join(left)}, for all of them together take longer than {LIMIT_S:.0f} s.")
        return Checked(checker=TESTS, state=CheckState.CHECKED)

    async def _run(self, template: Template, tests: Tests, example: str, rendering: Rendering) -> Checked | None:
        """Why they could not be run; None: they were, and pass. Raises Refused (template_tests_failed)."""
        tried = await self._tried(tests.run, rendering)
        if tried.state == "failed":
            raise _failed(template, example, tried)
        return not_run(f"{tried.why}.") if tried.state == "not_run" else None

    async def _tried(self, tests: tuple[str, ...], rendering: Rendering) -> Tried:
        async with self.drafts.written(rendering.files) as folder:
            await self.repositories.start(folder, "Try a template")
            head = await self.repositories.resolve(folder, "HEAD")
            tree = await self.repositories.tree(folder, head.id, ".")
            trial = Trial(repository=folder, tree=tree, services=self._services(rendering), tests=tests)
            return await self.builder.try_out(trial)

    def _services(self, rendering: Rendering) -> dict[str, Service]:
        content = next((each.content for each in rendering.files if each.path == "kr8.toml"), None)
        return {} if content is None else dict(self.project_files.read(content).services)


def _different(renderings: Mapping[str, Rendering]) -> list[str]:
    """The examples of which each makes other files than those before it."""
    names: dict[object, str] = {}
    for name, rendering in renderings.items():
        names.setdefault(rendering.files, name)
    return list(names.values())


def not_run(why: str) -> Checked:
    """Tests that were not run."""
    return not_checked(TESTS, f"They were not run: {why}")


def _failed(template: Template, example: str, tried: Tried) -> Refused:
    return refuse(
        "template_tests_failed",
        f"What the template {template.name} makes of {example} does not pass its own tests, and it was not kept.",
        why=tried.why,
        mend="Read the last lines, and mend what fails. They ran in the project's folder, after its builds.",
        output=tried.output,
    )
