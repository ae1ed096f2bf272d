"""No Terraform module from outside the project that is not pinned."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule
from kr8.domain.terraform_code import Block

RULE = Rule(
    name="terraform-module-outside",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    security=True,
    title="A module's path stays inside the project.",
    why="What lies outside of the repository was reviewed by nobody, and is another thing on another machine.",
    mend="Copy the module into the repository, or name a published one with its version.",
    link="https://developer.hashicorp.com/terraform/language/modules/sources#local-paths",
    runs_code=True,
)
PASSES = {
    "infra/main.tf": 'module "network" {\n  source = "../modules/network"\n}\n',
    "modules/network/main.tf": 'resource "aws_vpc" "main" {}\n',
}
FAILS = {"infra/main.tf": 'module "network" {\n  source = "../../../etc"\n}\n'}


def check(code: Code) -> Iterator[Finding]:
    """Each local module source that leads out of the project."""
    for block in code.terraform.blocks("module"):
        if _leaves(block):
            yield RULE.finding(f"module.{'.'.join(block.labels)} comes from outside of the project.", _place(block))


def _leaves(block: Block) -> bool:
    source = block.literal("source")
    if not isinstance(source, str):
        return False
    path = source.removeprefix("file://")
    folder = block.place.rpartition(":")[0].rpartition("/")[0]
    local = path.startswith(("./", "../", "/", "~")) or source != path
    return local and (path.startswith(("/", "~")) or posixpath.normpath(f"{folder}/./{path}").startswith(".."))


def _place(block: Block) -> str:
    return block.attributes["source"].place
