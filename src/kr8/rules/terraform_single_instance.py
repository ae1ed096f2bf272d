"""Production has no single point of failure, as Terraform makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.production import is_in_production
from kr8.domain.rule import Rule
from kr8.domain.terraform_code import Block

RULE = Rule(
    name="terraform-single-instance",
    part=Part.TERRAFORM,
    severity=Severity.LOW,
    title="What serves in production is there twice or more.",
    why="One instance, one database or one NAT gateway is down whenever its machine or its zone is.",
    mend="Two or more of it, in two zones: desired_count or min_capacity = 2, multi_az = true, a NAT gateway a zone.",
    link="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/use-fault-isolation-to-protect-your-workload.html",
)
_SERVICE = 'resource "aws_ecs_service" "web" {\n  desired_count = COUNT\n}\n'
PASSES = {
    "live/production/main.tf": _SERVICE.replace("COUNT", "2"),
    "live/test/main.tf": _SERVICE.replace("COUNT", "1"),
}
FAILS = {"live/production/main.tf": _SERVICE.replace("COUNT", "1")}

_COUNTED: Mapping[str, str] = {
    "aws_appautoscaling_target": "min_capacity",
    "aws_autoscaling_group": "min_size",
    "aws_ecs_service": "desired_count",
}
_DOUBLED: Mapping[str, str] = {
    "aws_db_instance": "multi_az",
    "aws_elasticache_replication_group": "automatic_failover_enabled",
}
_ARGUMENTS: Mapping[str, Any] = {
    "desired_count": 1,
    "min_capacity": 1,
    "min_size": 1,
    "multi_az": False,
    "single_nat_gateway": True,
}
"""What modules call it."""


def check(code: Code) -> Iterator[Finding]:
    """Each thing that is there once, in files and folders that are named after production."""
    for path, blocks in code.terraform.files.items():
        for block in blocks if is_in_production(f"{path}:1") else ():
            yield from _found(code, block)


def _found(code: Code, block: Block) -> Iterator[Finding]:
    kind = block.labels[0] if block.type == "resource" else ""
    if (
        kind in _COUNTED
        and block.literal(_COUNTED[kind]) == 1
        and not (kind == "aws_ecs_service" and _scales(code, block))
    ):
        yield RULE.finding(f"{'.'.join(block.labels)} runs once.", block.attributes[_COUNTED[kind]].place)
    if (
        kind in _DOUBLED
        and block.literal(_DOUBLED[kind], False) is False
        and "replicate_source_db" not in block.attributes
    ):
        yield RULE.finding(f"{'.'.join(block.labels)} is in one zone.", block.place)
    if kind == "aws_nat_gateway" and _is_alone(code, block):
        yield RULE.finding(f"{'.'.join(block.labels)} is the only one.", block.place)
    for name, once in _ARGUMENTS.items() if block.type == "module" else ():
        value = block.literal(name)
        if type(value) is type(once) and value == once:
            yield RULE.finding(f"module.{block.labels[0]} is told to have one.", block.attributes[name].place)


def _scales(code: Code, service: Block) -> bool:
    """Whether something beside it says how many run."""
    return any(
        each.folder() == service.folder() for each in code.terraform.blocks("resource", "aws_appautoscaling_target")
    )


def _is_alone(code: Code, gateway: Block) -> bool:
    beside = [
        each for each in code.terraform.blocks("resource", "aws_nat_gateway") if each.folder() == gateway.folder()
    ]
    return len(beside) == 1 and gateway.attributes.keys().isdisjoint({"count", "for_each"})
