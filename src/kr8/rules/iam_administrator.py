"""Nothing of a project is administrator of its account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.iam_condition import texts
from kr8.domain.iam_policy import EVERYTHING, Statement, statements
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule, at_most
from kr8.domain.terraform_code import Attribute, Block, TerraformCode

RULE = Rule(
    name="iam-administrator",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    security=True,
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
_ATTACHED = {
    "aws_iam_role": "managed_policy_arns",
    "aws_iam_role_policy_attachment": "policy_arn",
    "aws_iam_user_policy_attachment": "policy_arn",
    "aws_iam_policy_attachment": "policy_arn",
    "aws_iam_role_policy_attachments_exclusive": "policy_arns",
    "aws_iam_user_policy_attachments_exclusive": "policy_arns",
}
"""Where policies are named that a role or a user has."""
# Not groups: AWS itself has one for the people who administer an account.
_HOLDERS = {
    "role": "aws_iam_role",
    "roles": "aws_iam_role",
    "role_name": "aws_iam_role",
    "user": "aws_iam_user",
    "users": "aws_iam_user",
    "user_name": "aws_iam_user",
}
"""Where roles and users are named that have it."""
_ADMINISTRATOR = "AdministratorAccess"


def check(code: Code) -> Iterator[Finding]:
    """Each policy that allows every action on every resource, where a role or a user has it."""
    for block in code.terraform.made("resource"):
        if block.labels[0] in _INLINE or block.labels[0] in _ATTACHED:
            surely = block.is_certain() and not _is_bound(code.terraform, block)
            yield from (
                RULE.finding(what, place, at_most(certain and surely)) for what, place, certain in _of(code, block)
            )


def _of(code: Code, block: Block) -> Iterator[tuple[str, str, bool]]:
    """What is wrong with what a block gives, where, and whether it surely is so."""
    if block.labels[0] in _INLINE:
        yield from _allowed(statements(code.terraform, block, "policy"))
    for inner in block.inner("inline_policy"):
        yield from _allowed(statements(code.terraform, inner, "policy"))
    if "groups" not in block.attributes or any(name in block.attributes for name in _HOLDERS):
        yield from _attached(code, block, _ATTACHED.get(block.labels[0], ""))


def _is_bound(code: TerraformCode, block: Block) -> bool:
    """Whether all that is known of who has it has a boundary, or is perhaps not there."""
    named = [(kind, block.attributes[name]) for name, kind in _HOLDERS.items() if name in block.attributes]
    holders = [each for kind, name in named for each in code.near(block, "resource", kind) if _is_named(each, name)]
    if block.labels[0] == "aws_iam_role":
        holders = [block]
    bounded = (each.literal("permissions_boundary") is not None or not each.is_certain() for each in holders)
    return bool(holders) and all(bounded)


def _is_named(holder: Block, attribute: Attribute) -> bool:
    """Whether an attribute means a role or a user: by its address, by its name or by what its name is made of."""
    if attribute.refers_to(_address(holder)):
        return True
    own = holder.attributes.get("name")
    return own is not None and (own.text == attribute.text or own.literal in texts(attribute.known))


def _attached(code: Code, block: Block, name: str) -> Iterator[tuple[str, str, bool]]:
    attribute = block.attributes.get(name)
    for each, certain in code.terraform.meant(block, attribute) if attribute is not None else ():
        surely = certain and each.is_plain()
        if f':policy/{_ADMINISTRATOR}"' in each.text or _looks_up(code.terraform, block, each):
            yield f"{_address(block)} gives AdministratorAccess.", each.place, surely
        for policy in code.terraform.near(block, "resource", "aws_iam_policy"):
            if each.refers_to(_address(policy)):
                allowed = _allowed(statements(code.terraform, policy, "policy"))
                yield from ((what, place, surely and known) for what, place, known in allowed)


def _looks_up(code: TerraformCode, block: Block, attribute: Attribute) -> bool:
    """Whether it names a data source that finds AWS's own policy."""
    meant = (
        each for each in code.near(block, "data", "aws_iam_policy") if attribute.refers_to(f"data.{_address(each)}")
    )
    told = (str(each.literal(name)) for each in meant for name in ("name", "arn"))
    return any(each.rpartition("/")[2] == _ADMINISTRATOR for each in told)


def _address(block: Block) -> str:
    return ".".join(block.labels)


def _allowed(policy: Iterable[Statement]) -> Iterator[tuple[str, str, bool]]:
    for statement in policy:
        if statement.allows_every_action() and EVERYTHING in statement.resources and not statement.binds():
            what = "This statement allows everything, and a role or a user has it."
            yield what, statement.place, statement.certain and not statement.conditions
