"""Providers have a version."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="terraform-unpinned-provider",
    part=Part.TERRAFORM,
    severity=Severity.MEDIUM,
    title="Each provider that is required has a version constraint.",
    why="Without one the next init takes the newest major version, which takes other arguments.",
    mend="Give `version` with an upper bound, and commit .terraform.lock.hcl.",
    link="https://developer.hashicorp.com/terraform/language/providers/requirements",
)
PASSES = {
    "main.tf": 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n'
    '      version = "~> 6.0"\n    }\n  }\n}\n'
}
FAILS = {"main.tf": 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'}


def check(code: Code) -> Iterator[Finding]:
    """Each entry of required_providers without a version, or with one that any version meets."""
    for block in code.terraform.blocks("terraform"):
        for providers in block.inner("required_providers"):
            for name, entry in providers.attributes.items():
                if _is_open(entry.literal):
                    yield RULE.finding(f"The provider {name} has no version that bounds it.", entry.place)


def _is_open(entry: object) -> bool:
    if isinstance(entry, dict):
        version = entry.get("version")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return not isinstance(version, str) or version.strip() in ("", "*", ">= 0", ">=0")
    return entry in ("", "*", ">= 0", ">=0")
