"""A project with a pipeline, and the workflow that is generated of it, read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from kr8.domain.project import Project
from kr8.generators.github import generate

Values = dict[str, Any]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
ACTION = ".github/actions/kr8/action.yml"
WORKFLOW = ".github/workflows/kr8.yml"


def shop(**pipeline: Any) -> Values:
    """A project whose staging and live have a machine; production is on ECS, and both take what staging has."""
    return {
        "project": {"name": "shop", "id": "prj_7k2m9q"},
        "services": {
            "web": {"run": ["serve", "{port}"], "build": "npm ci", "path": "web"},
            "mail": {"kind": "worker", "run": ["mail"]},
        },
        "environments": {
            "production": {
                "target": "ecs",
                "account": "prod",
                "builds_from": "staging",
                "infrastructure": {
                    "pipeline": {
                        "plan_role": "arn:aws:iam::123456789012:role/kr8-plan",
                    }
                },
            },
            "live": {
                "builds_from": "staging",
                "infrastructure": {"pipeline": {"machine": ["self-hosted", "shop-live"]}},
            },
            "development": {},
            "staging": {"infrastructure": {"pipeline": {"machine": ["self-hosted", "linux"]}}},
        },
        "accounts": {"prod": {"id": "123456789012", "region": "eu-west-1"}},
        "infrastructure": {"pipeline": {"kr8": f"git+https://git.internal/kr8@{COMMIT}", **pipeline}},
    }


def project(values: Values) -> Project:
    return Project.model_validate(values)


def workflow(values: Values) -> Values:
    """The workflow, read."""
    (text,) = [file.text for file in generate(project(values)) if file.path == WORKFLOW]
    read: Values = yaml.load(text, yaml.CSafeLoader)
    return read


def action(values: Values) -> Values:
    """The action that jobs share, read."""
    (text,) = [file.text for file in generate(project(values)) if file.path == ACTION]
    read: Values = yaml.load(text, yaml.CSafeLoader)
    return read


def steps(values: Values) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every step, with the name of its job; those of the action that jobs share, too."""
    yield from (("action", step) for step in action(values)["runs"]["steps"])
    for name, job in workflow(values)["jobs"].items():
        for step in job["steps"]:
            yield name, step
