"""What lives on in a cluster, or is reached no more, where something is generated no more."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kr8.domain.project import Project
from kr8.generators.kubernetes.unsaid import needing, public_unsaid

_ENVIRONMENT = re.compile(r"(infra/kubernetes/(?:overlays|plain)/([a-z0-9-]+))/[^/]+\.yaml")
_OBJECT = re.compile(r"infra/kubernetes/(?:base|overlays/[a-z0-9-]+|plain/[a-z0-9-]+)/([a-z0-9-]+)/([a-z-]+)\.yaml")


def left_behind(project: Project, _before: Project | None, gone: Iterable[str], made: Iterable[str]) -> str:
    """What to say of it; empty: nothing. `gone`: files that are generated no more; `made`: those that are now."""
    paths = tuple(gone)
    said = (_routes(project, paths, made), _environments(project, paths), _services(project, paths))
    return " ".join(each for each in said if each)


def _routes(project: Project, gone: tuple[str, ...], made: Iterable[str]) -> str:
    """What a need alone takes off the gateway: nobody has said that it shall not be reached."""
    names = [name for name in public_unsaid(project) if name in _routed(gone) - _routed(made)]
    return " ".join(
        f"Requests from outside reach {name} no more, for {', '.join(needing(project, name))} needs it. Say which it "
        f"shall be, in [infrastructure.kubernetes]: services.{name}.public = true, or false; and generate again."
        for name in names
    )


def _routed(paths: Iterable[str]) -> set[str]:
    return {found[1] for path in paths if (found := _OBJECT.fullmatch(path)) and found[2] == "http-route"}


def _environments(project: Project, gone: tuple[str, ...]) -> str:
    found = {each[1] for path in gone if (each := _ENVIRONMENT.fullmatch(path)) and each[2] not in project.environments}
    if not found:
        return ""
    return (
        f"Generated no more: {', '.join(sorted(found))}. What was applied of it lives on in the cluster. Before you "
        "commit, kubectl delete it, in a checkout that has it still: git worktree add ../before HEAD."
    )


def _services(project: Project, gone: tuple[str, ...]) -> str:
    found = {each[1] for path in gone if (each := _OBJECT.fullmatch(path))} - set(project.services)
    if not found:
        return ""
    return (
        "kubectl apply removes nothing: in each namespace, delete the objects with the label "
        f"app.kubernetes.io/name in ({', '.join(sorted(found))}), once nobody needs them."
    )
