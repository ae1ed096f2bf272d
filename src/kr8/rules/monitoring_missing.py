"""Every service that takes traffic is watched."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="monitoring-missing",
    part=Part.PROJECT,
    severity=Severity.HIGH,
    title="A service that takes traffic shows its measures.",
    why="What is not measured is not seen to fail; kr8 deploys no such service.",
    mend='Add monitoring = { metrics = "/metrics" } to the service.',
)
PASSES = {
    "kr8.toml": """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]
monitoring = { metrics = "/metrics" }

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
    """Each http service without monitoring."""
    for name, service in code.project.services.items() if code.project is not None else ():
        if service.kind == "http" and service.monitoring is None:
            yield RULE.finding(f"{name} declares no monitoring.", code.place_of(f"services.{name}"))
