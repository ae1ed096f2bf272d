"""Jobs for each environment that kr8 reaches and that has a machine: kr8 there deploys, and the pipeline watches.

What was overtaken is left out, and not run: a job that is left out is neither green nor red, GitHub shows no deployment
for it, asks no reviewer, and leaves out what needs it.
"""

from __future__ import annotations

import math

from kr8.generators.github.runners import own_runners
from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import READ, Job, Step, checkout, quoting, runs, script
from kr8.generators.yaml import Because

MINUTES = 60
MINUTES_TO_LOOK = 10
KNOWN_LABELS = frozenset({"self-hosted", "linux", "macos", "windows", "x64", "arm", "arm64", "Linux", "X64", "ARM64"})


def deployment_jobs(scope: Scope) -> dict[str, Job]:
    """Two jobs an environment: one looks what serves, and one deploys where that is nothing newer."""
    return {
        job: made
        for name in scope.deployed
        for job, made in ((f"newer-{name}", _looking(scope, name)), (f"deploy-{name}", _deploying(scope, name)))
    }


def _looking(scope: Scope, name: str) -> Job:
    source = scope.project.environments[name].builds_from
    after = [f"deploy-{source}"] if source in scope.deployed else []
    return {
        "name": f"See what {name} serves",
        "if": scope.merged,
        "needs": [*scope.names_of_checks, *after],
        "runs-on": list(scope.of(name).machine),
        "timeout-minutes": MINUTES_TO_LOOK,
        "permissions": READ,
        "outputs": {"superseded": "${{ steps.newer.outputs.superseded }}"},
        "steps": [
            checkout(whole=True),
            runs("Look for something newer", script("serves") + script("newer"), id="newer", env=_told(scope, name)),
        ],
    }


def _deploying(scope: Scope, name: str) -> Job:
    told = scope.of(name)
    wait = int(told.approval_wait.total_seconds())
    given: Step = {**_told(scope, name), "APPROVAL_SECONDS": str(wait)}
    return {
        "name": f"Deploy {name}",
        "if": f"needs.newer-{name}.outputs.superseded != 'true'",
        "needs": [f"newer-{name}"],
        "runs-on": list(told.machine),
        "timeout-minutes": MINUTES + math.ceil(wait / 60),
        "environment": name,
        "permissions": READ,
        "concurrency": {
            "group": f"kr8-deploy-{name}",
            "cancel-in-progress": Because(False, "A deployment that runs is never cut off by the next one."),
        },
        "steps": [checkout(whole=True), runs("Deploy", quoting(script("serves") + script("deploy")), env=given)],
    }


def _told(scope: Scope, name: str) -> Step:
    source = scope.project.environments[name].builds_from
    return {"ENVIRONMENT": name, "FROM": source or "", "BRANCH": scope.parameters.branch}


def labels(scope: Scope) -> tuple[str, ...]:
    """The labels that are the project's own."""
    machines = {label for name in scope.deployed for label in scope.of(name).machine}
    return tuple(sorted((machines | own_runners(scope)) - KNOWN_LABELS))
