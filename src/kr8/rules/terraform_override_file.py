"""No override file in Terraform."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="terraform-override-file",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    title="Terraform has no override file.",
    why="An override file changes what every other file says, without a trace there: also into code that runs.",
    mend="Write what it says where it belongs, and remove it.",
    link="https://developer.hashicorp.com/terraform/language/files/override",
    runs_code=True,
)
PASSES = {"main.tf": 'resource "aws_sns_topic" "alarms" {}\n'}
FAILS = {"override.tf": 'resource "aws_sns_topic" "alarms" {\n  name = "other"\n}\n'}

_NAME = re.compile(r"(?:.*_)?override\.(?:tf|tofu)(?:\.json)?")


def check(code: Code) -> Iterator[Finding]:
    """Each file that Terraform merges over the others."""
    for path in code.terraform.files:
        if _NAME.fullmatch(path.rpartition("/")[2]):
            yield RULE.finding("This file overrides what other files say.", f"{path}:1")
