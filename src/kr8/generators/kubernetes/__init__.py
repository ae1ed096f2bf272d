"""`generate_kubernetes`: a project's services as manifests, for every environment from the same source."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.infrastructure import overridden
from kr8.domain.project import Environment, Project
from kr8.domain.source import SourceFile
from kr8.generators.header import header
from kr8.generators.kubernetes.checks import check, check_apart, check_carried
from kr8.generators.kubernetes.kustomize import base, overlay
from kr8.generators.kubernetes.leaving import left_behind
from kr8.generators.kubernetes.namespace import namespace
from kr8.generators.kubernetes.objects import Placed, objects
from kr8.generators.kubernetes.placeholders import placeholders
from kr8.generators.kubernetes.scope import Scope
from kr8.generators.kubernetes.unsaid import needing, public_unsaid
from kr8.generators.yaml import documents

__all__ = ["generate", "left_behind", "needing", "public_unsaid"]

FOLDER = "infra/kubernetes"
HEADER = header("generate_kubernetes")


def generate(project: Project) -> tuple[SourceFile, ...]:
    """The files of every environment, sorted by path. Raises Refused where a parameter or a name does not fit."""
    parameters = project.infrastructure.kubernetes.model_copy(update={"form": "kustomize"})
    common = Scope(project, parameters, Environment())
    scopes = [_of(project, name) for name in project.environments]
    for scope in scopes:
        check(scope)
    check_apart(scopes)
    overlays = [scope for scope in scopes if not scope.whole]
    shared = objects(common) if overlays else ()
    files = list(_files("base", base(shared))) if overlays else []
    for scope in overlays:
        placed = objects(scope)
        check_carried(placed)
        files += _files(f"overlays/{scope.name}", overlay(scope, shared, placed))
    for scope in scopes:
        if scope.whole:
            first = Placed("00-namespace.yaml", namespace(scope))  # before what is in it: files are applied by name
            files += _files(f"plain/{scope.name}", (first, *objects(scope)))
    return tuple(sorted(files, key=lambda file: file.path))


def unsettled(project: Project) -> str:
    """What is to be said in kr8.toml before anything is applied; empty: nothing."""
    return placeholders(_of(project, name) for name in project.environments)


def _of(project: Project, name: str) -> Scope:
    environment = project.environments[name]
    parameters = overridden(project.infrastructure.kubernetes, environment.infrastructure.kubernetes)
    return Scope(project, parameters, environment, name)


def _files(folder: str, placed: Iterable[Placed]) -> Iterable[SourceFile]:
    for each in placed:
        yield SourceFile(path=f"{FOLDER}/{folder}/{each.path}", text=documents(each.value, header=HEADER))
