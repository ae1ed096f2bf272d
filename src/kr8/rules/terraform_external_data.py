"""No program that gives Terraform its data."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="terraform-external-data",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    security=True,
    title="Terraform takes no data from a program.",
    why="An external data source runs a program as soon as a plan is made.",
    mend="Give the value as a variable, or read it from the provider.",
    link="https://registry.terraform.io/providers/hashicorp/external/latest/docs/data-sources/external",
    runs_code=True,
)
PASSES = {"main.tf": 'data "aws_caller_identity" "here" {}\n'}
FAILS = {"main.tf": 'data "external" "who" {\n  program = ["whoami"]\n}\n'}


def check(code: Code) -> Iterator[Finding]:
    """Each external data source, and each ephemeral resource of that kind."""
    for kind in ("data", "ephemeral"):
        for block in code.terraform.blocks(kind, "external"):
            yield RULE.finding(f"{kind}.{'.'.join(block.labels)} runs a program when a plan is made.", block.place)
