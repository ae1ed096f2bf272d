"""Providers have a version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="terraform-unpinned-provider",
    part=Part.TERRAFORM,
    severity=Severity.MEDIUM,
    title="Each provider has a version constraint.",
    why="Without one the next init takes the newest major version, which takes other arguments.",
    mend="Give `version` with an upper bound, and commit .terraform.lock.hcl.",
    link="https://developer.hashicorp.com/terraform/language/providers/requirements",
)
PASSES = {
    "main.tf": 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n'
    '      version = "~> 6.0"\n    }\n  }\n}\n'
}
FAILS = {
    "main.tf": 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n',
    "live/main.tf": 'provider "aws" {\n  region = "eu-central-1"\n}\n',
}


_ANY = re.compile(r"\*?|>=?\s*0(?:\.0)*")
"""What every version meets."""


def check(code: Code) -> Iterator[Finding]:
    """Each entry of required_providers that any version meets, and each provider that has no entry beside it."""
    required: set[tuple[str, str]] = set()
    for block in code.terraform.blocks("terraform"):
        for providers in block.inner("required_providers"):
            for name, entry in providers.attributes.items():
                required.add((block.folder(), name))
                if _is_open(entry.literal):
                    yield RULE.finding(f"The provider {name} has no version that bounds it.", entry.place)
    for block in code.terraform.blocks("provider"):
        name = "".join(block.labels)
        if (block.folder(), name) not in required and _is_open(block.literal("version")):
            required.add((block.folder(), name))
            yield RULE.finding(f"The provider {name} is in no required_providers.", block.place)


def _is_open(entry: object) -> bool:
    version = entry.get("version") if isinstance(entry, dict) else entry  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return version is None or (isinstance(version, str) and _ANY.fullmatch(version.strip()) is not None)
