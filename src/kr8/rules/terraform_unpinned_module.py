"""Modules from elsewhere are pinned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule
from kr8.domain.terraform_code import Block

RULE = Rule(
    name="terraform-unpinned-module",
    part=Part.TERRAFORM,
    severity=Severity.HIGH,
    title="A module from elsewhere is pinned to a version.",
    why="Without a bound the next init takes whatever was published since, and nobody has looked at it.",
    mend="Give `version` for a module of a registry, `?ref=` with a tag or a commit for one of a repository.",
    link="https://developer.hashicorp.com/terraform/language/modules/sources",
)
PASSES = {"main.tf": 'module "a" {\n  source = "terraform-aws-modules/vpc/aws"\n  version = "6.0.1"\n}\n'}
FAILS = {
    "main.tf": 'module "a" {\n  source = "git::https://example.com/vpc.git?ref=main"\n}\n',
    "open.tf": 'module "b" {\n  source = "terraform-aws-modules/vpc/aws"\n  version = ">= 0"\n}\n',
}

_BOUNDED = re.compile(r"(?:^|,)\s*(?:=|~>|<=?|v?\d)")
"""Constraints that what will be published one day does not meet."""
_MOVING = frozenset({"main", "master", "HEAD", "develop", "latest"})


def check(code: Code) -> Iterator[Finding]:
    """Each module that is neither of this repository nor pinned."""
    for block in code.terraform.blocks("module"):
        source = block.literal("source")
        if isinstance(source, str) and not source.startswith((".", "/", "~")) and not _pinned(block, source):
            yield RULE.finding(f"module.{'.'.join(block.labels)} is not pinned.", block.place)


def _pinned(block: Block, source: str) -> bool:
    _, _, query = source.partition("?")
    references = [part.removeprefix("ref=") for part in query.split("&") if part.startswith("ref=")]
    if references:
        return references[-1] not in _MOVING
    package = source.partition("//")[0]
    is_registry = "::" not in source and "://" not in source and package.count("/") in (2, 3)
    version = block.literal("version")
    return is_registry and isinstance(version, str) and _BOUNDED.search(version) is not None
