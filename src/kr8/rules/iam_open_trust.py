"""A role is taken by those who are named."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.iam_policy import Statement, statements
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule, at_most

RULE = Rule(
    name="iam-open-trust",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    title="A role is assumed by those who are named alone.",
    why="Any account of AWS, or any repository of GitHub, has the rights of such a role.",
    mend="Name the accounts or services as principals; of GitHub's tokens ask for the sub that the repository has.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
)
_ROLE = """\
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["WHO"]
    }
  }
}

resource "aws_iam_role" "ci" {
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"""
PASSES = {"main.tf": _ROLE.replace("WHO", "arn:aws:iam::123456789012:role/ci")}
FAILS = {"main.tf": _ROLE.replace("WHO", "*")}

_GITHUB = "token.actions.githubusercontent.com"
_WHOSE = ("sub", "job_workflow_ref", "repository", "repository_id", "repository_owner", "repository_owner_id")
"""Claims of GitHub's tokens that say whose a workflow is; aud is the same for everybody's."""


def check(code: Code) -> Iterator[Finding]:
    """Each statement by which anybody may assume a role."""
    for block in code.terraform.blocks("resource", "aws_iam_role"):
        for statement in statements(code.terraform, block, "assume_role_policy"):
            if statement.is_for_anybody():
                yield RULE.finding("Anybody may assume this role.", statement.place, at_most(statement.certain))
            elif _is_for_every_repository(statement):
                yield RULE.finding(
                    "Every repository of GitHub may assume this role.", statement.place, at_most(statement.certain)
                )


def _is_for_every_repository(statement: Statement) -> bool:
    told = (*statement.principals, *(each.key for each in statement.conditions))
    if not statement.allows or not any(_GITHUB in each for each in told):
        return False
    return all(each.key and each.claim() not in _WHOSE for each in statement.conditions)
