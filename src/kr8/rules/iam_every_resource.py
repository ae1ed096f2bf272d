"""What can be allowed on one resource is not allowed on all."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.iam_policy import EVERYTHING, Statement, documents, written_policies
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="iam-every-resource",
    part=Part.TERRAFORM,
    severity=Severity.HIGH,
    security=True,
    title="What can be allowed on one resource is not allowed on all.",
    why="Who has such a role reads every secret, writes to every bucket or takes every role of the account.",
    mend="Name the resources by their ARNs, or allow it under a condition on their tags.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
)
_DOCUMENT = """\
data "aws_iam_policy_document" "a" {
  statement {
    actions   = ["ACTION"]
    resources = ["*"]
  }
}
"""
PASSES = {"main.tf": _DOCUMENT.replace("ACTION", "ecr:GetAuthorizationToken")}
FAILS = {"main.tf": _DOCUMENT.replace("ACTION", "secretsmanager:GetSecretValue")}

_LIMITABLE = {
    "cloudformation": ("deletestack",),
    "dynamodb": ("batchwriteitem", "deleteitem", "deletetable", "getitem", "putitem", "query", "scan", "updateitem"),
    "ecr": ("batchdeleteimage", "putimage"),
    "ecs": ("deleteservice", "updateservice"),
    "iam": ("attachrolepolicy", "createaccesskey", "createpolicyversion", "passrole", "putrolepolicy"),
    "kms": ("decrypt", "encrypt", "generatedatakey", "schedulekeydeletion"),
    "lambda": ("deletefunction", "invokefunction", "updatefunctioncode"),
    "rds": ("deletedbcluster", "deletedbinstance"),
    "rds-db": ("connect",),
    "route53": ("changeresourcerecordsets",),
    "s3": ("deletebucket", "deleteobject", "getobject", "putbucketpolicy", "putobject"),
    "secretsmanager": ("deletesecret", "getsecretvalue", "putsecretvalue"),
    "sqs": ("deletemessage", "purgequeue", "receivemessage", "sendmessage"),
    "ssm": ("getparameter", "getparameters", "getparametersbypath", "putparameter", "sendcommand"),
    "sts": ("assumerole",),
}
"""Actions that read or change data, or give rights, and that AWS allows on single resources: those that matter most.

Named, because most actions of AWS that cannot be limited have names like those that can. sns:Publish is not among them:
a message to a telephone has no resource.
"""


def check(code: Code) -> Iterator[Finding]:
    """Each statement that allows one of these actions on every resource, under no condition."""
    for statement in documents(code.terraform):
        if _is_unbound(statement):
            yield RULE.finding("This statement allows on every resource what can be limited.", statement.place)
    for block, policy, told in written_policies(code.terraform):
        if any(map(_is_unbound, told)):
            yield RULE.finding(f"{'.'.join(block.labels)} allows on every resource what can be limited.", policy.place)


def _is_unbound(statement: Statement) -> bool:
    # Of a policy on a resource, * is that resource.
    if not statement.allows or statement.all_but or statement.principals or statement.conditions:
        return False
    return EVERYTHING in statement.resources and any(map(_can_be_limited, statement.actions))


def _can_be_limited(action: str) -> bool:
    service, _, name = action.lower().partition(":")
    return name not in ("", EVERYTHING) and any(fnmatchcase(each, name) for each in _LIMITABLE.get(service, ()))
