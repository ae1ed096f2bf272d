"""A job for each service: built as kr8 builds it, linted, tested, and what it is made of written down."""

from __future__ import annotations

import math

from kr8.domain.project import Service
from kr8.generators.github.installation import installation
from kr8.generators.github.scan import lists_parts
from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import READ, TEMP, Job, Step, checkout, keeps, literal, runs, uses

MINUTES_BESIDE = 30
"""For all but the build, whose limit kr8.toml has."""


def service_job(scope: Scope, name: str) -> Job:
    """The job of a service."""
    service = scope.project.services[name]
    return {
        "name": name,
        "runs-on": scope.parameters.runner,
        "timeout-minutes": MINUTES_BESIDE + math.ceil(service.build_limit.total_seconds() / 60),
        "permissions": READ,
        "steps": [
            checkout(),
            installation(),
            *_toolchains(scope, name),
            *_cached(scope, name),
            *_commands(scope, name, service),
            *_parts(name, service),
        ],
    }


def _toolchains(scope: Scope, name: str) -> list[Step]:
    """What it is built and tested with: what it runs on, and not what the runner has."""
    told = scope.checks(name)
    python = None if told.python == scope.parameters.python else told.python
    wanted: list[tuple[str, str | None, Step]] = [
        ("python", python, {}),
        ("node", told.node, {"package-manager-cache": False}),
        ("go", told.go, {"cache": False}),
    ]
    return [
        uses(f"actions/setup-{tool}", given={f"{tool}-version": version, **more})
        for tool, version, more in wanted
        if version is not None
    ]


def _cached(scope: Scope, name: str) -> list[Step]:
    told = scope.checks(name)
    if not told.cache:
        return []
    files = ", ".join(f"'{path}'" for path in told.locks)
    key = f"{name}-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-${{{{ hashFiles({files}) }}}}"
    given: Step = {"path": "\n".join(told.cache), "key": key, "restore-keys": f"{name}-${{{{ runner.os }}}}-"}
    return [uses("actions/cache", given=given)]


def _commands(scope: Scope, name: str, service: Service) -> list[Step]:
    told = scope.checks(name)
    where: Step = {} if service.path == "." else {"working_directory": literal(service.path)}
    named = (("Build", service.build), ("Lint", told.lint), ("Test", told.test))
    steps = [runs(what, literal(command), **where) for what, command in named if command]
    return steps if told.test else [*steps, _untested(name)]


def _untested(name: str) -> Step:
    why = f"Nothing tests {name}: [infrastructure.pipeline.services.{name}] in kr8.toml names no test."
    return runs("Say that nothing tests it", f'echo "::warning file=kr8.toml::{why}"')


def _parts(name: str, service: Service) -> list[Step]:
    """What it is made of, as a list that programs read."""
    file = f"{TEMP}/{name}.spdx.json"
    return [lists_parts({"path": literal(service.path)}, file), keeps(f"sbom-{name}", file)]
