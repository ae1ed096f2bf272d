"""A role is taken by those who are named."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.iam_policy import Statement, statements
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule, at_most
from kr8.domain.terraform_code import Block, TerraformCode

RULE = Rule(
    name="iam-open-trust",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    security=True,
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
_PROVIDER = "aws_iam_openid_connect_provider"
_WHOSE = frozenset(
    {"sub", "job_workflow_ref", "repository", "repository_id", "repository_owner", "repository_owner_id"}
)
"""Claims of GitHub's tokens that say whose a workflow is; aud is the same for everybody's."""


def check(code: Code) -> Iterator[Finding]:
    """Each statement by which anybody may assume a role."""
    for block in code.terraform.made("resource", "aws_iam_role"):
        for statement in statements(code.terraform, block, "assume_role_policy"):
            most = at_most(statement.certain)
            if statement.is_for_anybody():
                yield RULE.finding("Anybody may assume this role.", statement.place, most)
            elif statement.allows and _is_of_github(code.terraform, block, statement):
                if not _asks(statement, _WHOSE):
                    yield RULE.finding("Every repository of GitHub may assume this role.", statement.place, most)
            elif statement.allows and statement.providers and not _asks(statement):
                what = "Whoever has a token of this provider may assume this role."
                yield RULE.finding(what, statement.place, Severity.HIGH)


def _is_of_github(code: TerraformCode, role: Block, statement: Statement) -> bool:
    told = (*statement.principals, *(each.key for each in statement.conditions))
    near = (each for kind in ("resource", "data") for each in code.near(role, kind, _PROVIDER))
    urls = (each.literal("url") for each in near if each.labels[1] in statement.providers)
    return any(_GITHUB in str(each) for each in (*told, *urls))


def _asks(statement: Statement, claims: frozenset[str] | None = None) -> bool:
    """Whether a condition asks for one of these claims of a token, or for any but aud; or for what it does not say."""
    asked = (each for each in statement.conditions if each.binds())
    told = {each.claim() for each in asked}
    return "" in told or bool(told & claims if claims is not None else told - {"aud"})
