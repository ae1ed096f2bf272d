"""Images of tasks are pinned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="terraform-image-unpinned",
    part=Part.TERRAFORM,
    severity=Severity.MEDIUM,
    title="A task runs an image that is named by a version or a digest.",
    why="latest is another image tomorrow: a task that is started again runs what nobody has deployed.",
    mend="Name a version, or better a digest: REPOSITORY@sha256:DIGEST.",
    link="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html",
)
_TASK = 'resource "aws_ecs_task_definition" "web" {{\n  container_definitions = jsonencode([{{ image = "{}" }}])\n}}\n'
PASSES = {"main.tf": _TASK.format("nginx:1.27.3")}
FAILS = {"main.tf": _TASK.format("nginx:latest")}

_IMAGE = re.compile(r"""["']?image["']?\s*[:=]\s*["']([^"'$\s]+)["']""")


def check(code: Code) -> Iterator[Finding]:
    """Each image of a task's containers that is written out, without a tag or digest or with the tag latest."""
    for block in code.terraform.blocks("resource", "aws_ecs_task_definition"):
        containers = block.attributes.get("container_definitions")
        text = containers.text.replace("\\", "") if containers is not None else ""
        for image in map(str, _IMAGE.findall(text)):
            tag = image.rpartition("/")[2].partition(":")[2]
            if "@" not in image and tag in ("", "latest"):
                yield RULE.finding(f"{'.'.join(block.labels)} has an image that is not pinned.", block.place)
