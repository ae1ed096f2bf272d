"""A job on ECS reaches what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.project import Project
from kr8.domain.rule import Rule

RULE = Rule(
    name="ecs-job-needs",
    part=Part.PROJECT,
    severity=Severity.MEDIUM,
    title="No job on ECS needs a service by its name.",
    why="Service Connect gives names to services alone: in a run of a job http://NAME leads nowhere.",
    mend="Leave `needs` out, and give the job the address that the service has at the load balancer, in its own `env`.",
    link="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html",
)
_SHOP = """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.api]
run = ["serve", "{port}"]

[services.report]
kind = "job"
run = ["report"]
NEEDS
[environments.production]
target = "ecs"

[infrastructure.terraform]
domain = "shop.example.com"
zone_id = "Z0123456789ABCDEFGHIJ"
"""
PASSES = {"kr8.toml": _SHOP.replace("NEEDS", 'env = { API_URL = "https://shop.example.com" }')}
FAILS = {"kr8.toml": _SHOP.replace("NEEDS", 'needs = ["api"]')}


def check(code: Code) -> Iterator[Finding]:
    """Each job that needs a service which takes requests, where an environment is on ECS."""
    project = code.project
    if project is None or all(each.target != "ecs" for each in project.environments.values()):
        return
    for name in project.services:
        if needed := _called(project, name):
            what = f"The job {name} needs {', '.join(needed)}, which it does not reach on ECS."
            yield RULE.finding(what, code.place_of(f"services.{name}"))


def _called(project: Project, name: str) -> list[str]:
    service = project.services[name]
    return [need for need in service.needs if project.services[need].kind == "http"] if service.kind == "job" else []
