"""A job for each environment that kr8 reaches and that has a machine: kr8 there deploys, and the pipeline watches."""

from __future__ import annotations

import math

from kr8.generators.github.runners import own_runners
from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import READ, Job, checkout, runs, script
from kr8.generators.yaml import Because, Value

MINUTES = 60
KNOWN_LABELS = frozenset({"self-hosted", "linux", "macos", "windows", "x64", "arm", "arm64", "Linux", "X64", "ARM64"})


def deployment_job(scope: Scope, name: str) -> Job:
    """The job of an environment."""
    told, source = scope.of(name), scope.project.environments[name].builds_from
    after = [f"deploy-{source}"] if source in scope.deployed else []
    wait = int(told.approval_wait.total_seconds())
    given: dict[str, Value] = {
        "ENVIRONMENT": name,
        "FROM": source or "",
        "BRANCH": scope.parameters.branch,
        "APPROVAL_SECONDS": str(wait),
    }
    return {
        "name": f"Deploy {name}",
        "if": " && ".join([scope.merged, *(f"needs.{each}.outputs.superseded != 'true'" for each in after)]),
        "needs": [*scope.names_of_checks, *after],
        "runs-on": list(told.machine),
        "timeout-minutes": MINUTES + math.ceil(wait / 60),
        "environment": name,
        "permissions": READ,
        "concurrency": {
            "group": f"kr8-deploy-{name}",
            "cancel-in-progress": Because(False, "A deployment that runs is never cut off by the next one."),
        },
        "outputs": {"superseded": "${{ steps.deploy.outputs.superseded }}"},
        "steps": [checkout(whole=True), runs("Deploy", script("deploy"), id="deploy", env=given)],
    }


def labels(scope: Scope) -> tuple[str, ...]:
    """The labels that are the project's own."""
    machines = {label for name in scope.deployed for label in scope.of(name).machine}
    return tuple(sorted((machines | own_runners(scope)) - KNOWN_LABELS))
