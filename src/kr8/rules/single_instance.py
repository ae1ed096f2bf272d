"""Production has no single point of failure."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.production import production_of
from kr8.domain.rule import Rule

RULE = Rule(
    name="single-instance",
    part=Part.PROJECT,
    severity=Severity.LOW,
    title="A service that takes traffic in production runs twice or more.",
    why="One instance is down whenever its machine, its zone or its process is.",
    mend="instances = 2, or scale in the environment with min = 2.",
)
PASSES = {
    "kr8.toml": """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]
instances = 2

[environments.production]
listen = { web = "127.0.0.1:8002" }
"""
}
FAILS = {
    "kr8.toml": """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]

[environments.production]
listen = { web = "127.0.0.1:8002" }
"""
}


def check(code: Code) -> Iterator[Finding]:
    """Each http service of production that runs once."""
    services = code.project.services if code.project is not None else {}
    for production, environment in production_of(code.project).items():
        for name, service in services.items():
            scale = environment.scale.get(name)
            runs = scale.min if scale is not None else service.instances
            if service.kind == "http" and runs < 2:
                yield RULE.finding(f"{name} runs once in {production}.", code.place_of(f"environments.{production}"))
