"""`generate_pipeline` for GitHub: checks and plans of every pull request, and deployments of what was merged.

The jobs call kr8: what refuses a deployment on a person's machine refuses it there.
"""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.project import Project
from kr8.domain.source import SourceFile
from kr8.generators.github.checks import check
from kr8.generators.github.deployments import deployment_jobs, labels
from kr8.generators.github.images import image_jobs
from kr8.generators.github.installation import ACTION, action
from kr8.generators.github.owners import PATH, owners, unsettled
from kr8.generators.github.plans import plan_jobs
from kr8.generators.github.scan import scan_job
from kr8.generators.github.scope import Scope
from kr8.generators.github.services import service_job
from kr8.generators.github.validation import validation_job
from kr8.generators.header import header
from kr8.generators.yaml import Because, Value, documents

__all__ = ["generate", "unsettled"]

HEADER = header("generate_pipeline")
INSTALLED = "kr8.toml names no kr8: the one that wrote this is what runs here."
NOT_HERE = "Not deployed from here, for"
NOBODY = "No environment has a machine under [environments.NAME.infrastructure.pipeline]: nothing is deployed."


def generate(project: Project, installed: str | None = None) -> tuple[SourceFile, ...]:
    """The files of the pipeline, sorted by path; `installed`: the kr8 that it gets where kr8.toml names none.

    Raises Refused (infrastructure_parameter, unknown_service) where a parameter is missing or does not fit.
    """
    scope = Scope(project, installed)
    check(scope)
    return tuple(sorted(_files(scope), key=lambda file: file.path))


def _files(scope: Scope) -> Iterable[SourceFile]:
    named = [] if scope.parameters.kr8 else [INSTALLED]
    yield _file(".github/workflows/kr8.yml", _workflow(scope), *named, *_left_out(scope))
    yield _file(f"{ACTION}/action.yml", action(scope), *named)
    if scope.parameters.owners:
        yield SourceFile(path=PATH, text=owners(scope, HEADER))
    if own := labels(scope):
        yield _file(".github/actionlint.yaml", {"self-hosted-runner": {"labels": list(own)}})


def _file(path: str, value: Value, *remarks: str) -> SourceFile:
    return SourceFile(path=path, text=documents(value, header="\n".join([HEADER, *remarks])))


def _left_out(scope: Scope) -> list[str]:
    """What the pipeline does not do, though somebody may expect it."""
    return [*_without_machine(scope), *_beyond_reach(scope)]


def _without_machine(scope: Scope) -> list[str]:
    left = [name for name in scope.reached if name not in scope.deployed]
    if not left:
        return []
    return [f"{NOT_HERE} they name no machine: {', '.join(left)}."] if scope.deployed else [NOBODY]


def _beyond_reach(scope: Scope) -> list[str]:
    environments = scope.project.environments
    beyond = {name: each.target for name, each in environments.items() if name not in scope.reached}
    return [
        f"{NOT_HERE} kr8 does not reach {target} yet: {', '.join(name for name in beyond if beyond[name] == target)}."
        for target in sorted(set(beyond.values()))
    ]


def _workflow(scope: Scope) -> Value:
    return {
        "name": "kr8",
        "on": {
            "pull_request": None,
            "merge_group": None,
            "push": {"branches": [scope.parameters.branch]},
            "workflow_dispatch": None,
        },
        "permissions": {},
        "concurrency": {
            "group": Because(
                "kr8-${{ github.event_name == 'pull_request' && github.ref || github.run_id }}",
                "A push to a pull request ends the run of the push before it; other runs end none, and wait for none.",
            ),
            "cancel-in-progress": True,
        },
        "defaults": {"run": {"shell": "bash"}},
        "jobs": {
            **{f"service-{name}": service_job(scope, name) for name in scope.project.services},
            "scan": scan_job(scope),
            "validate": validation_job(scope),
            **plan_jobs(scope),
            **image_jobs(scope),
            **deployment_jobs(scope),
        },
    }
