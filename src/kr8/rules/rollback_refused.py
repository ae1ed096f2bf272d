"""A deployment can be rolled back."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="rollback-refused",
    part=Part.PROJECT,
    severity=Severity.LOW,
    title="What runs before a release can be undone, or leaves the release before it working.",
    why="A rollback across a command that is not reversible is refused: a bad release can then only be mended forward.",
    mend="Split the migration (first add, later remove), and say reversible = true.",
)
PASSES = {
    "kr8.toml": """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]
before = { run = ["migrate"], reversible = true }

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
before = { run = ["migrate"] }

[environments.production]
listen = { web = "127.0.0.1:8002" }
"""
}


def check(code: Code) -> Iterator[Finding]:
    """Each service whose `before` command is not said to be reversible."""
    for name, service in code.project.services.items() if code.project is not None else ():
        if service.before is not None and not service.before.reversible:
            yield RULE.finding(f"{name} runs a command that cannot be undone.", code.place_of(f"services.{name}"))
