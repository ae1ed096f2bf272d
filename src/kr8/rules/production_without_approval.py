"""Somebody looks at what goes to production."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.production import production_of
from kr8.domain.rule import Rule

RULE = Rule(
    name="production-without-approval",
    part=Part.PROJECT,
    severity=Severity.INFO,
    title="A person approves what goes to production.",
    why="Without an approval whoever may run kr8 deploys to production alone, an agent too.",
    mend="Say approval = { people = 1 } in the environment, and enrol who approves: kr8 approver add.",
)
_PROJECT = """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]

[environments.production]
"""
PASSES = {"kr8.toml": f"{_PROJECT}approval = {{ people = 1 }}\n"}
FAILS = {"kr8.toml": _PROJECT}


def check(code: Code) -> Iterator[Finding]:
    """Each environment that is production, where nobody approves."""
    for name, environment in production_of(code.project).items():
        if environment.approval is None:
            yield RULE.finding(f"Nobody approves what goes to {name}.", code.place_of(f"environments.{name}"))
