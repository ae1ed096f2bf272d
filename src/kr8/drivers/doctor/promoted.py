"""Whether every target remembers what is promoted on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kr8.domain.environment import with_promoted
from kr8.ports.health import Check
from kr8.workflows.forgotten import MEND, WHAT, is_forgotten
from kr8.workflows.outside import Outside


def promoted_look(outside: Outside) -> Callable[[], Awaitable[tuple[Check, ...]]]:
    """A check for each environment whose target has forgotten what it serves; none where all is well."""

    async def promoted_checks() -> tuple[Check, ...]:
        return tuple(
            [
                Check(
                    name="promoted",
                    result="broken",
                    what=f"{project}: {WHAT.format(name=name)}",
                    mend=f"In the project's folder: {MEND.format(name=name)}",
                )
                for project, name in await _forgotten(outside)
            ]
        )

    return promoted_checks


async def _forgotten(outside: Outside) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for project in await outside.projects.all():
        for record in await outside.environments.of(project.id):
            if record.serves():
                target = outside.targets.of(with_promoted(project.spec, record), record.name)
                if await is_forgotten(record, target, outside.deployments):
                    found.append((project.name, record.name))
    return found
