"""What opens nothing for sure is not critical: comments, other keys of a local value, what a Deny takes back."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

import pytest

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.drivers.hcl import reader
from kr8.rules import iam_administrator, iam_open_trust, s3_public_policy, terraform_open_port

CRITICAL, HIGH = Severity.CRITICAL, Severity.HIGH


def severities(rule: ModuleType, text: str) -> list[Severity]:
    code = Code(reader.read({"main.tf": text.encode()}))
    assert code.terraform.unreadable == ()
    found: Iterable[Finding] = rule.check(code)
    return [each.severity for each in found]


def resource(kind: str, body: str, name: str = "a") -> str:
    return f'resource "{kind}" "{name}" {{\n  {body}\n}}\n'


def document(name: str, body: str) -> str:
    return f'data "aws_iam_policy_document" "{name}" {{\n  {body}\n}}\n'


ADMINISTRATOR = '"arn:aws:iam::aws:policy/AdministratorAccess"'
READ_ONLY = '"arn:aws:iam::aws:policy/ReadOnlyAccess"'
ALL = document("all", 'statement {\n    actions = ["*"]\n    resources = ["*"]\n  }')
SOME = document("some", 'statement {\n    actions = ["s3:ListAllMyBuckets"]\n    resources = ["*"]\n  }')


@pytest.mark.parametrize("comment", ["# {}", "// {}", "/* {} */"])
@pytest.mark.parametrize(
    "text",
    [
        resource("aws_iam_role", f"managed_policy_arns = [\n    {READ_ONLY},\n    <{ADMINISTRATOR},>\n  ]"),
        ALL
        + document("c", "source_policy_documents = [\n    <data.aws_iam_policy_document.all.json,>\n  ]")
        + resource("aws_iam_role_policy", "policy = data.aws_iam_policy_document.c.json"),
    ],
)
def test_a_comment_says_nothing(text: str, comment: str) -> None:
    before, inside, after = text.replace(">", "<").split("<")
    assert severities(iam_administrator, f"{before}{comment.format(inside)}{after}") == []
    assert severities(iam_administrator, f"{before}{inside}{after}") == [CRITICAL]


def test_a_comment_of_several_lines_in_a_value_is_left_out() -> None:
    text = resource("aws_iam_role", f"x = 1 /* a\n b */ + 2\n  managed_policy_arns = [{ADMINISTRATOR}]")
    assert severities(iam_administrator, text) == [CRITICAL]


def test_what_looks_like_a_comment_in_a_text_is_none() -> None:
    of_parts = '"arn:${var.x}#//:iam::aws:policy/AdministratorAccess"'
    assert severities(iam_administrator, resource("aws_iam_role", f"managed_policy_arns = [{of_parts}] # x")) == [
        CRITICAL
    ]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("local.policies.read", []),
        ('local.policies["read"]', []),
        ("local.policies.admin", [CRITICAL]),
        ('local.policies["admin"]', [CRITICAL]),
        ("local.policies[var.x]", [HIGH]),
        ("local.policies[each.key]", [HIGH]),
        ("local.policies", [CRITICAL]),
        (f"{{ read = {READ_ONLY}, admin = {ADMINISTRATOR} }}.read", [HIGH]),
    ],
)
def test_of_a_local_value_only_what_is_named_counts(named: str, found: list[Severity]) -> None:
    beside = f"locals {{\n  policies = {{ read = {READ_ONLY}, admin = {ADMINISTRATOR} }}\n}}\n"
    text = beside + resource("aws_iam_role_policy_attachment", f"policy_arn = {named}")
    assert severities(iam_administrator, text) == found


@pytest.mark.parametrize("named", ["local.docs.b", 'local.docs["b"]'])
def test_a_document_behind_a_key_of_a_local_value_is_not_certain(named: str) -> None:
    docs = "{ a = data.aws_iam_policy_document.all.json, b = data.aws_iam_policy_document.some.json }"
    text = ALL + SOME + f"locals {{\n  docs = {docs}\n}}\n" + resource("aws_iam_role_policy", f"policy = {named}")
    assert severities(iam_administrator, text) == [HIGH]


def of_bucket(*told: str) -> str:
    inside = ", ".join("{ " + each + " }" for each in told)
    policy = f"policy = jsonencode({{ Statement = [{inside}] }})"
    return resource("aws_s3_bucket_policy", f"bucket = BUCKET\n  {policy}")


OPEN = 'Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*"'
DENY = 'Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "*"'
ORGANIZATION = '{ StringNotEquals = { "aws:PrincipalOrgID" = "o-1" } }'
PLAIN_HTTP = '{ Bool = { "aws:SecureTransport" = "false" } }'


@pytest.mark.parametrize(
    ("bucket", "found"),
    [
        ("module.site.s3_bucket_id", [HIGH]),
        ("module.site[0].bucket", [HIGH]),
        ('"shop-uploads"', [CRITICAL]),
        ("aws_s3_bucket.b.id", [CRITICAL]),
    ],
)
def test_a_bucket_of_a_module_may_be_a_websites(bucket: str, found: list[Severity]) -> None:
    assert severities(s3_public_policy, of_bucket(OPEN).replace("BUCKET", bucket)) == found


def test_names_of_actions_have_no_case() -> None:
    site = resource("aws_s3_bucket_website_configuration", "bucket = aws_s3_bucket.b.id")
    text = site + of_bucket(OPEN.replace("s3:GetObject", "S3:getobject")).replace("BUCKET", "aws_s3_bucket.b.id")
    assert severities(s3_public_policy, text) == []


def test_two_buckets_whose_names_are_not_known_are_not_therefore_one() -> None:
    beside = resource("aws_s3_bucket", "bucket = var.data", "data")
    beside += resource("aws_s3_bucket_website_configuration", "bucket = aws_s3_bucket.site.id")
    assert severities(s3_public_policy, beside + of_bucket(OPEN).replace("BUCKET", "each.value")) == []


@pytest.mark.parametrize(
    ("deny", "found"),
    [
        (f"{DENY}, Condition = {ORGANIZATION}", [HIGH]),
        (f"{DENY}, Condition = {ORGANIZATION}".replace("s3:*", "S3:Get*"), [HIGH]),
        (DENY.replace('Principal = "*"', 'NotPrincipal = { AWS = "arn:aws:iam::1:root" }'), [HIGH]),
        (f"{DENY}, Condition = {ORGANIZATION}".replace('Action = "s3:*"', 'NotAction = "s3:PutObject"'), [HIGH]),
        (f"{DENY}, Condition = {PLAIN_HTTP}", [CRITICAL]),
        (f"{DENY}, Condition = {ORGANIZATION}".replace("s3:*", "s3:PutObject"), [CRITICAL]),
        (DENY.replace('Principal = "*"', 'Principal = { AWS = "arn:aws:iam::1:root" }'), [CRITICAL]),
    ],
)
def test_what_a_deny_takes_back_from_strangers_is_not_certain(deny: str, found: list[Severity]) -> None:
    assert severities(s3_public_policy, of_bucket(OPEN, deny).replace("BUCKET", '"a"')) == found


@pytest.mark.parametrize(
    ("kind", "holder", "given", "found"),
    [
        ("role", 'name = "ci"', 'role = "ci"', [HIGH]),
        ("role", "name = var.ci", "role = var.ci", [HIGH]),
        ("role", 'name = "other"', 'role = "ci"', [CRITICAL]),
        ("user", 'name = "ci"', 'user = "ci"', [HIGH]),
        ("user", 'name = "ci"', 'role = "ci"', [CRITICAL]),
    ],
)
def test_a_role_named_by_its_name_has_its_boundary(kind: str, holder: str, given: str, found: list[Severity]) -> None:
    bound = resource(f"aws_iam_{kind}", f'{holder}\n  permissions_boundary = "arn:aws:iam::1:policy/b"')
    what = f"aws_iam_{given.partition(' ')[0]}_policy_attachment"
    attachment = resource(what, f"{given}\n  policy_arn = {ADMINISTRATOR}")
    assert severities(iam_administrator, bound + attachment) == found


def test_every_role_of_a_list_of_names_has_its_boundary() -> None:
    roles = resource("aws_iam_role", 'name = "ci"\n  permissions_boundary = "arn:aws:iam::1:policy/b"')
    roles += resource("aws_iam_role", 'name = "cd"\n  permissions_boundary = "arn:aws:iam::1:policy/b"', "b")
    given = resource("aws_iam_policy_attachment", f'roles = ["ci", "cd"]\n  policy_arn = {ADMINISTRATOR}')
    assert severities(iam_administrator, roles + given) == [HIGH]
    free = roles.replace("permissions_boundary", "description", 1)
    assert severities(iam_administrator, free + given) == [CRITICAL]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('{ StringEqualsIfExists = { "aws:PrincipalOrgID" = "o-1" } }', True),
        ('{ "ForAllValues:StringEquals" = { "aws:PrincipalOrgPaths" = "o-1/r-1/" } }', True),
        ('{ "ForAnyValue:StringEquals" = { "aws:PrincipalOrgPaths" = "o-1/r-1/" } }', False),
        ('{ ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/ci" } }', True),
        ('{ StringLike = { "aws:PrincipalArn" = "arn:*:iam::*:*" } }', True),
        ('{ ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::123456789012:role/*" } }', False),
        ('{ StringEquals = { "aws:PrincipalArn" = "arn:aws:iam::*:role/ci" } }', False),
    ],
)
def test_conditions_that_leave_nobody_out(condition: str, found: bool) -> None:
    told = f'Effect = "Allow", Principal = {{ AWS = "*" }}, Action = "sts:AssumeRole", Condition = {condition}'
    text = resource("aws_iam_role", f"assume_role_policy = jsonencode({{ Statement = [{{ {told} }}] }})")
    assert severities(iam_open_trust, text) == [CRITICAL] * found


@pytest.mark.parametrize("operator", ["StringLikeIfExists", "ForAllValues:StringLike"])
def test_what_every_token_says_is_asked_for_by_any_operator(operator: str) -> None:
    host = "token.actions.githubusercontent.com"
    who = f'Principal = {{ Federated = "arn:aws:iam::1:oidc-provider/{host}" }}'
    condition = f'Condition = {{ "{operator}" = {{ "{host}:sub" = "repo:shop/shop:*" }} }}'
    told = f'Effect = "Allow", {who}, Action = "sts:AssumeRoleWithWebIdentity", {condition}'
    text = resource("aws_iam_role", f"assume_role_policy = jsonencode({{ Statement = [{{ {told} }}] }})")
    assert severities(iam_open_trust, text) == []


RULES = [iam_administrator, iam_open_trust, s3_public_policy, terraform_open_port]


@pytest.mark.parametrize("meta", ["count = 0", "for_each = toset([])", "for_each = {}", "for_each = []"])
@pytest.mark.parametrize("rule", RULES)
def test_what_is_surely_not_there_is_not_found(rule: ModuleType, meta: str) -> None:
    head, brace, rest = rule.FAILS["main.tf"].rpartition('" {\n')
    assert severities(rule, f"{head}{brace}  {meta}\n{rest}") == []


def test_a_dynamic_block_of_nothing_makes_nothing() -> None:
    fields = 'protocol = "tcp"\n from_port = 22\n to_port = 22\n cidr_blocks = ["0.0.0.0/0"]'
    inner = f'dynamic "ingress" {{\n for_each = []\n content {{\n {fields}\n }}\n }}'
    assert severities(terraform_open_port, resource("aws_security_group", inner)) == []
