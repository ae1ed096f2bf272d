"""No wildcard in what a role may do."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.iam_policy import Statement, documents, written_policies
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="iam-wildcard",
    part=Part.TERRAFORM,
    severity=Severity.HIGH,
    security=True,
    title="No policy allows every action.",
    why="Who has such a role can do anything: read every secret, delete every backup, make new roles.",
    mend="Name the actions that are needed, and the resources they are needed on.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
)
PASSES = {"main.tf": 'data "aws_iam_policy_document" "a" {\n  statement {\n    actions = ["s3:GetObject"]\n  }\n}\n'}
FAILS = {"main.tf": 'data "aws_iam_policy_document" "a" {\n  statement {\n    actions = ["s3:*"]\n  }\n}\n'}

_ALMIGHTY = frozenset({"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"})
"""Policies of AWS that allow everything, or to give oneself everything."""
_OF_A_KEY = "kms:"
"""What a key's own policy gives, it gives on that key alone."""


def check(code: Code) -> Iterator[Finding]:
    """Each statement that allows `*`, every action of a service or all but some, and each policy of AWS that does."""
    for statement in documents(code.terraform):
        if _is_wide(statement):
            yield RULE.finding("This statement allows every action.", statement.place)
        elif statement.allows and statement.all_but:
            yield RULE.finding("This statement allows every action but those that it names.", statement.place)
    yield from _given(code)
    for block, policy, told in written_policies(code.terraform):
        if any(map(_is_wide, told)):
            yield RULE.finding(f"{'.'.join(block.labels)} allows every action.", policy.place)
        elif any(each.allows and each.all_but for each in told):
            yield RULE.finding(f"{'.'.join(block.labels)} allows every action but some.", policy.place)


def _given(code: Code) -> Iterator[Finding]:
    for block in code.terraform.blocks("resource"):
        arn = block.literal("policy_arn") if block.labels[0].startswith("aws_iam_") else None
        if isinstance(arn, str) and arn.rpartition("/")[2] in _ALMIGHTY:
            name = arn.rpartition("/")[2]
            yield RULE.finding(f"{'.'.join(block.labels)} gives {name}.", block.attributes["policy_arn"].place)


def _is_wide(statement: Statement) -> bool:
    whole = (each for each in statement.actions if each == "*" or each.endswith(":*"))
    own = statement.principals and all(each.startswith(_OF_A_KEY) for each in statement.actions)
    return statement.allows and not statement.all_but and not own and any(whole)
