"""What is reached over HTTPS on ECS has a certificate."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure import overridden
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="terraform-no-certificate",
    part=Part.PROJECT,
    severity=Severity.MEDIUM,
    title="An environment on ECS that takes requests has a certificate, or a domain and its zone.",
    why="The load balancer takes requests over HTTPS alone: without a certificate no plan is made.",
    mend="Say domain and zone_id, or certificate, in infrastructure.terraform, and generate again.",
)
_SHOP = """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]

[environments.production]
target = "ecs"
"""
PASSES = {
    "kr8.toml": f"""\
{_SHOP}
[infrastructure.terraform]
domain = "shop.example.com"
zone_id = "Z0123456789ABCDEFGHIJ"
"""
}
FAILS = {"kr8.toml": _SHOP}


def check(code: Code) -> Iterator[Finding]:
    """Each environment on ECS for which neither is said, where a service takes requests."""
    project = code.project
    if project is None or all(service.kind != "http" for service in project.services.values()):
        return
    for name, environment in project.environments.items():
        told = overridden(project.infrastructure.terraform, environment.infrastructure.terraform)
        if environment.target == "ecs" and not told.has_certificate:
            yield RULE.finding(f"HTTPS has no certificate in {name}.", code.place_of(f"environments.{name}"))
