"""No wildcard in what a role may do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="iam-wildcard",
    part=Part.TERRAFORM,
    severity=Severity.HIGH,
    title="No policy allows every action.",
    why="Who has such a role can do anything: read every secret, delete every backup, make new roles.",
    mend="Name the actions that are needed, and the resources they are needed on.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
)
PASSES = {"main.tf": 'data "aws_iam_policy_document" "a" {\n  statement {\n    actions = ["s3:GetObject"]\n  }\n}\n'}
FAILS = {"main.tf": 'data "aws_iam_policy_document" "a" {\n  statement {\n    actions = ["s3:*"]\n  }\n}\n'}

_ALMIGHTY = frozenset({"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"})
"""Policies of AWS that allow everything, or to give oneself everything."""
_TEXT = re.compile(r"""["']?Action["']?\s*[:=]\s*\[?\s*["'](?:[a-z0-9-]+:)?\*["']""")


def check(code: Code) -> Iterator[Finding]:
    """Each statement that allows `*`, every action of a service or all but some, and each policy of AWS that does."""
    for block in code.terraform.blocks("data", "aws_iam_policy_document"):
        for statement in block.inner("statement"):
            actions = statement.literal("actions")
            if statement.literal("effect", "Allow") == "Allow" and _wide(actions):
                yield RULE.finding("This statement allows every action.", statement.attributes["actions"].place)
            if statement.literal("effect", "Allow") == "Allow" and "not_actions" in statement.attributes:
                place = statement.attributes["not_actions"].place
                yield RULE.finding("This statement allows every action but those that it names.", place)
    yield from _given(code)
    for block in code.terraform.blocks("resource"):
        policy = block.attributes.get("policy")
        if (
            block.labels[0].startswith("aws_iam_")
            and policy is not None
            and _TEXT.search(policy.text.replace("\\", ""))
        ):
            yield RULE.finding(f"{'.'.join(block.labels)} allows every action.", policy.place)


def _given(code: Code) -> Iterator[Finding]:
    for block in code.terraform.blocks("resource"):
        arn = block.literal("policy_arn") if block.labels[0].startswith("aws_iam_") else None
        if isinstance(arn, str) and arn.rpartition("/")[2] in _ALMIGHTY:
            name = arn.rpartition("/")[2]
            yield RULE.finding(f"{'.'.join(block.labels)} gives {name}.", block.attributes["policy_arn"].place)


def _wide(actions: Any) -> bool:
    listed: list[Any] = actions if isinstance(actions, list) else []  # pyright: ignore[reportUnknownVariableType]
    return any(isinstance(action, str) and (action == "*" or action.endswith(":*")) for action in listed)
