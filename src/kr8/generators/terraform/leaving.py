"""What lives on in AWS, or ends with the next apply, where kr8.toml names something no more."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kr8.domain.project import Project

_ROOT = re.compile(r"(infra/terraform/(?:environments|pipeline)/[^/]+)/.+")


def left_behind(project: Project, before: Project | None, gone: Iterable[str]) -> str:
    """What to say of it; empty: nothing. `before`: as kr8.toml was committed; `gone`: files of roots among others."""
    return f"{_roots(gone)} {_services(project, before)}".strip()


def _roots(gone: Iterable[str]) -> str:
    roots = sorted({found[1] for path in gone if (found := _ROOT.fullmatch(path))})
    if not roots:
        return ""
    return (
        f"Generated no more: {', '.join(roots)}. What was applied there lives on in AWS, and costs. Before you commit, "
        "terraform destroy it, in a checkout that has it still: git worktree add ../before HEAD."
    )


def _services(project: Project, before: Project | None) -> str:
    gone = [name for name in (before.services if before else ()) if name not in project.services]
    new = [name for name in project.services if before and name not in before.services]
    if not gone:
        return ""
    renamed = f"; {', '.join(new)} is new, also if it only has another name" if new else ""
    return (
        f"{', '.join(gone)} is gone{renamed}: the next apply destroys what AWS has under the old name, its registry "
        "with the images, target groups, logs and alarms."
    )
