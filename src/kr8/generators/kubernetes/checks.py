"""What cannot be generated, refused before anything is: names that are too long, parameters that do not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from kr8.domain.model import VARIABLE
from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.generators.kubernetes.config_map import variables
from kr8.generators.kubernetes.container import memory_limit
from kr8.generators.kubernetes.job import UTC
from kr8.generators.kubernetes.objects import Placed
from kr8.generators.kubernetes.scope import Scope
from kr8.generators.yaml import Because, Value

NAME_LIMIT = 63
CONFIG_MAP_LIMIT = 1 << 20
LOST = re.compile("[\x7f-\x9f\ufffe\uffff]")
"""What kustomize reads, writes for itself, and then refuses to read again (5.5.0)."""


def check(scope: Scope) -> None:
    """Raises Refused: unknown_service, infrastructure_name_too_long, infrastructure_parameter,
    invalid_project_file, out_of_limits."""
    prefix = f"environments.{scope.name}.infrastructure.kubernetes"
    for name in scope.parameters.services:
        if name not in scope.project.services:
            raise refuse(
                "unknown_service",
                f"There is no service {name}.",
                mend=nearest(name, scope.project.services),
                field=f"{prefix}.services.{name}",
            )
    _check_namespace(scope, prefix)
    for name in scope.project.services:
        _check_resources(scope, name, f"{prefix}.services.{name}")
        _check_variables(scope, name)
        _check_command(scope, name)


def check_apart(scopes: list[Scope]) -> None:
    """Raises Refused where two environments would be one: infrastructure_parameter."""
    seen: dict[str, Scope] = {}
    for scope in scopes:
        other = seen.setdefault(scope.namespace, scope)
        if other is not scope:
            raise refuse(
                "infrastructure_parameter",
                f"{other.name} and {scope.name} have one namespace, {scope.namespace}.",
                why="What is applied for one would replace the other.",
                mend="Leave namespace out, or give each environment its own.",
                field=f"environments.{scope.name}.infrastructure.kubernetes.namespace",
            )


def check_carried(placed: Iterable[Placed]) -> None:
    """Raises Refused where kustomize could not carry a text: invalid_project_file."""
    for each in placed:
        lost = _lost(each.value)
        if lost is not None:
            raise refuse(
                "invalid_project_file",
                f"{each.path} would have a control character in {'.'.join(lost)}.",
                why="kustomize takes no text with one of U+007F to U+009F, U+FFFE and U+FFFF in it.",
                mend='Take it out, or set form = "plain" under [infrastructure.kubernetes].',
            )


def _lost(value: Value) -> tuple[str, ...] | None:
    """The way to a text that would be lost, a key too; None: there is none."""
    match value:
        case str():
            return () if LOST.search(value) else None
        case Because():
            return _lost(value.value)
        case Mapping():
            return _lost_in(value.items())
        case Sequence():
            return _lost_in((str(index), each) for index, each in enumerate(value))
        case _:
            return None


def _lost_in(parts: Iterable[tuple[str, Value]]) -> tuple[str, ...] | None:
    for name, value in parts:
        if LOST.search(name):
            return ()
        if (way := _lost(value)) is not None:
            return (name, *way)
    return None


def _check_namespace(scope: Scope, prefix: str) -> None:
    if len(scope.namespace) > NAME_LIMIT:
        raise refuse(
            "infrastructure_name_too_long",
            f"The namespace {scope.namespace} has {len(scope.namespace)} characters.",
            why=f"Kubernetes takes at most {NAME_LIMIT}.",
            mend=f"Give a shorter one: namespace under [{prefix}].",
            field=f"{prefix}.namespace",
        )


def _check_resources(scope: Scope, service: str, field: str) -> None:
    workload = scope.workload(service)
    for name, request, limit in (
        ("cpu", workload.cpu_request, workload.cpu_limit),
        ("memory", workload.memory_request, memory_limit(scope, service)),
    ):
        if request > limit:
            raise refuse(
                "infrastructure_parameter",
                f"{service} is promised more {name} than it may use.",
                why=f"{name}_request is above {name}_limit.",
                mend=f"Raise {name}_limit, or lower {name}_request.",
                field=f"{field}.{name}_request",
            )
    if workload.schedule is not None and scope.service(service).kind != "job":
        raise refuse(
            "infrastructure_parameter",
            f"{service} has a schedule, and is no job.",
            mend='Take the schedule out, or make its kind "job".',
            field=f"{field}.schedule",
        )
    if workload.schedule is None and workload.time_zone != UTC and scope.service(service).schedule is not None:
        raise refuse(
            "infrastructure_parameter",
            f"{service} has a schedule in UTC, and a time zone for it.",
            why="services.NAME.schedule means the same on every target; a time zone goes with a schedule of this one.",
            mend=f"Take the time zone out, or give [{field}] a schedule of its own.",
            field=f"{field}.time_zone",
        )


def _check_variables(scope: Scope, service: str) -> None:
    found = variables(scope, service)
    for name, value in found.items():
        if VARIABLE.fullmatch(name) is None or "\0" in value:
            raise refuse(
                "invalid_project_file",
                f"{service} cannot be given the environment variable {name!r}.",
                why="A name has letters, digits and _.- in it and starts with a letter; no value has a NUL in it.",
                mend="Rename it, or take the character out of its value.",
                field=f"services.{service}.env",
            )
    if sum(len(name) + len(value.encode()) for name, value in found.items()) > CONFIG_MAP_LIMIT:
        raise refuse(
            "out_of_limits",
            f"The environment variables of {service} are larger than 1 MiB.",
            why="A ConfigMap holds no more.",
            mend="Put what is large into a file of the image.",
            field=f"services.{service}.env",
        )


def _check_command(scope: Scope, service: str) -> None:
    before = scope.service(service).before
    if "\0" in "".join((*scope.workload(service).command, *(before.run if before else ()))):
        raise refuse(
            "invalid_project_file",
            f"The command of {service} has a NUL character in it.",
            why="No program can be given one.",
            mend="Take it out.",
            field=f"services.{service}",
        )
