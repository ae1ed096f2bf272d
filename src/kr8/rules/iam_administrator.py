"""Nothing of a project is administrator of its account."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.iam_policy import EVERYTHING, Statement, statements
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule
from kr8.domain.terraform_code import Block

RULE = Rule(
    name="iam-administrator",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    title="No role and no user may do everything in the account.",
    why="Whoever gets into what has that role, or gets that key, has the account: its data, its backups, its users.",
    mend="Name the actions that are needed, and the resources they are needed on.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
)
_POLICY = """\
data "aws_iam_policy_document" "ci" {
  statement {
    actions   = ["ACTION"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "ci" {
  role   = "ci"
  policy = data.aws_iam_policy_document.ci.json
}
"""
PASSES = {"main.tf": _POLICY.replace("ACTION", "ecs:DescribeClusters")}
FAILS = {"main.tf": _POLICY.replace("ACTION", "*")}

_INLINE = ("aws_iam_role_policy", "aws_iam_user_policy")
_ATTACHMENTS = ("aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_policy_attachment")
# Not groups: AWS itself has one for the people who administer an account.
_ADMINISTRATOR = ":policy/AdministratorAccess"


def check(code: Code) -> Iterator[Finding]:
    """Each policy that allows every action on every resource, where a role or a user has it."""
    for block in code.terraform.blocks("resource"):
        yield from _of(code, block)


def _of(code: Code, block: Block) -> Iterator[Finding]:
    if block.labels[0] in _INLINE:
        yield from _allowed(statements(code.terraform, block, "policy"))
    elif block.labels[0] == "aws_iam_role":
        yield from _attached(code, block, "managed_policy_arns")
        for inner in block.inner("inline_policy"):
            yield from _allowed(statements(code.terraform, inner, "policy"))
    elif block.labels[0] in _ATTACHMENTS:
        yield from _attached(code, block, "policy_arn")


def _attached(code: Code, block: Block, name: str) -> Iterator[Finding]:
    attribute = block.attributes.get(name)
    if attribute is None:
        return
    if f'{_ADMINISTRATOR}"' in attribute.text:
        yield RULE.finding(f"{'.'.join(block.labels)} gives AdministratorAccess.", attribute.place)
    for policy in code.terraform.blocks("resource", "aws_iam_policy"):
        if policy.folder() == block.folder() and attribute.refers_to(".".join(policy.labels)):
            yield from _allowed(statements(code.terraform, policy, "policy"))


def _allowed(policy: tuple[Statement, ...]) -> Iterator[Finding]:
    for statement in policy:
        if statement.allows_every_action() and EVERYTHING in statement.resources and not statement.conditions:
            yield RULE.finding("This statement allows everything, and a role or a user has it.", statement.place)
