"""What lives on in AWS, or ends with the next apply, where kr8.toml names something no more."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kr8.domain.project import Project

_ROOT = re.compile(r"(infra/terraform/(environments|pipeline)/([a-z0-9-]+))/.+")
"""Names are words by their form: other paths may be anybody's text."""


def left_behind(project: Project, before: Project | None, gone: Iterable[str], made: Iterable[str]) -> str:
    """What to say of it; empty: nothing.

    `before`: as kr8.toml was committed; `gone`: files of roots among others; `made`: those that are generated now.
    """
    return f"{_roots(project, before, gone, made)} {_services(project, before)}".strip()


def _roots(project: Project, before: Project | None, gone: Iterable[str], made: Iterable[str]) -> str:
    still = {found[1]: found for path in made if (found := _ROOT.fullmatch(path))}
    ended = {found[1]: found for path in gone if (found := _ROOT.fullmatch(path)) and found[1] not in still}
    # By another name an account is the same, and so is the state of its pipeline's root.
    accounts = {project.accounts[found[3]].id for found in still.values() if found[2] == "pipeline"}
    roots = sorted(
        root for root, found in ended.items() if found[2] != "pipeline" or _id(found[3], before) not in accounts
    )
    if not roots:
        return ""
    return (
        f"Generated no more: {', '.join(roots)}. What was applied there lives on in AWS, and costs. Before you commit, "
        "terraform destroy it, in a checkout that has it still: git worktree add ../before HEAD."
    )


def _id(account: str, before: Project | None) -> str:
    was = before.accounts.get(account) if before else None
    return was.id if was is not None else ""


def _services(project: Project, before: Project | None) -> str:
    gone = [name for name in (before.services if before else ()) if name not in project.services]
    new = [name for name in project.services if before and name not in before.services]
    if not gone:
        return ""
    renamed = f"; {', '.join(new)} is new, also if it only has another name" if new else ""
    return (
        f"{', '.join(gone)} is gone{renamed}: the next apply destroys what AWS has under the old name, target groups, "
        "logs and alarms, and is refused while images are in its registry: delete those first."
    )
