"""The plain spellings in which an account, a role or a bucket is opened: each found, and what looks like it is not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import ModuleType

import pytest

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.drivers.hcl import reader
from kr8.drivers.yaml_files import reader as yaml_reader
from kr8.rules import (
    iam_administrator,
    iam_open_trust,
    iam_wildcard,
    kubernetes_anonymous_access,
    s3_public_policy,
    terraform_open_port,
)

CRITICAL, HIGH = Severity.CRITICAL, Severity.HIGH


def severities(rule: ModuleType, text: str) -> list[Severity]:
    code = Code(reader.read({"main.tf": text.encode()}))
    assert code.terraform.unreadable == ()
    found: Iterable[Finding] = rule.check(code)
    return [each.severity for each in found]


def document(name: str, body: str) -> str:
    return f'data "aws_iam_policy_document" "{name}" {{\n  statement {{\n    {body}\n  }}\n}}\n'


def resource(kind: str, body: str, name: str = "a") -> str:
    return f'resource "{kind}" "{name}" {{\n  {body}\n}}\n'


def data(kind: str, body: str) -> str:
    return f'data "{kind}" "a" {{\n  {body}\n}}\n'


ALL = document("all", 'actions = ["*"]\n    resources = ["*"]')
WRITTEN = '{ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] }'
ARN = '"arn:aws:iam::aws:policy/AdministratorAccess"'
INLINE = resource("aws_iam_role_policy", "policy = local.policy")
ATTACHED = resource("aws_iam_role_policy_attachment", "policy_arn = data.aws_iam_policy.a.arn")
SECURE = 'condition {\n test = "Bool"\n variable = "aws:SecureTransport"\n values = ["true"]\n }'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (INLINE + f"locals {{\n  policy = jsonencode({WRITTEN})\n}}\n", [CRITICAL]),
        (INLINE + ALL + "locals {\n  policy = data.aws_iam_policy_document.all.json\n}\n", [CRITICAL]),
        (INLINE + ALL + "locals {\n  policy = var.x ? data.aws_iam_policy_document.all.json : null\n}\n", [HIGH]),
        (INLINE + f"locals {{\n  other = jsonencode({WRITTEN})\n  policy = var.policy\n}}\n", []),
        (
            resource("aws_iam_role_policy", "policy = jsonencode(local.policy)")
            + f"locals {{\n  policy = {WRITTEN}\n}}\n",
            [CRITICAL],
        ),
        (
            resource("aws_iam_role_policy", "policy = data.aws_iam_policy_document.all.minified_json") + ALL,
            [CRITICAL],
        ),
        (
            resource("aws_iam_role_policy", "policy = data.aws_iam_policy_document.both.json")
            + ALL
            + data(
                "aws_iam_policy_document", "source_policy_documents = [data.aws_iam_policy_document.all.json]"
            ).replace('"a"', '"both"'),
            [CRITICAL],
        ),
        (resource("aws_iam_role_policy", f"policy = jsonencode({WRITTEN.replace('*', '*:*', 1)})"), [CRITICAL]),
        (
            resource("aws_iam_role_policy", "policy = data.aws_iam_policy_document.all.json")
            + ALL.replace('resources = ["*"]', f'resources = ["*"]\n    {SECURE}'),
            [HIGH],
        ),
        (ATTACHED + data("aws_iam_policy", 'name = "AdministratorAccess"'), [CRITICAL]),
        (ATTACHED + data("aws_iam_policy", f"arn = {ARN}"), [CRITICAL]),
        (ATTACHED + data("aws_iam_policy", 'name = "ReadOnlyAccess"'), []),
        (
            resource("aws_iam_role_policy_attachments_exclusive", f'role_name = "a"\n  policy_arns = [{ARN}]'),
            [CRITICAL],
        ),
        (
            resource("aws_iam_user_policy_attachments_exclusive", f'user_name = "a"\n  policy_arns = [{ARN}]'),
            [CRITICAL],
        ),
        (
            resource("aws_iam_role_policy_attachment", "policy_arn = local.arn") + f"locals {{\n  arn = {ARN}\n}}\n",
            [CRITICAL],
        ),
    ],
)
def test_administrators(text: str, found: list[Severity]) -> None:
    assert severities(iam_administrator, text) == found


BUT = '{ Statement = [{ Effect = "Allow", NotAction = ["iam:*"], Resource = "*" }] }'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (resource("aws_iam_role_policy", f"policy = jsonencode({BUT})"), [HIGH]),
        (resource("aws_iam_role_policy", f"policy = jsonencode({BUT.replace('Allow', 'Deny')})"), []),
        (resource("aws_iam_policy", f"policy = jsonencode({BUT.replace('NotAction', 'Action')})"), [HIGH]),
        (resource("aws_iam_role", f"inline_policy {{\n    policy = jsonencode({BUT})\n  }}"), [HIGH]),
        (INLINE + f"locals {{\n  policy = jsonencode({BUT})\n}}\n", [HIGH]),
    ],
)
def test_all_actions_but_some(text: str, found: list[Severity]) -> None:
    assert severities(iam_wildcard, text) == found


GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def of_github(operator: str, claim: str, value: str) -> dict[str, object]:
    key = f"token.actions.githubusercontent.com:{claim}"
    return {"Principal": {"Federated": GITHUB}, "Condition": {operator: {key: value}}}


def of_anybody(operator: str, key: str, value: str | list[str]) -> dict[str, object]:
    return {"Principal": {"AWS": "*"}, "Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (of_github("StringLike", "sub", "*"), True),
        (of_github("StringLike", "sub", "repo:*"), True),
        (of_github("StringLike", "sub", "repo:*/*:ref:refs/heads/main"), True),
        (of_github("StringNotEquals", "sub", "repo:shop/shop:ref:refs/heads/main"), True),
        (of_github("ForAnyValue:StringLike", "sub", "repo:*"), True),
        (of_github("StringLike", "repository_owner", "*"), True),
        (of_github("StringLike", "sub", "repo:shop/*"), False),
        (of_github("StringLike", "sub", "repo:${var.owner}/*"), False),
        (of_github("StringEquals", "sub", "repo:shop/shop:ref:refs/heads/main"), False),
        (of_anybody("Bool", "aws:SecureTransport", "true"), True),
        (of_anybody("StringNotEquals", "aws:PrincipalOrgID", "o-1"), True),
        (of_anybody("StringLike", "aws:PrincipalArn", "*"), True),
        (of_anybody("StringEquals", "aws:PrincipalOrgID", "o-1"), False),
        (of_anybody("ArnLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/*"), False),
        (of_anybody("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]), True),
        (of_anybody("IpAddress", "aws:SourceIp", "203.0.113.0/24"), False),
    ],
)
def test_conditions_on_who_takes_a_role(statement: dict[str, object], found: bool) -> None:
    told = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **statement}]})
    for form in (f"jsonencode({told})", f"<<-EOT\n{told}\nEOT"):
        text = resource("aws_iam_role", f"assume_role_policy = {form}")
        assert severities(iam_open_trust, text) == [CRITICAL] * found, form


def provider(url: str) -> str:
    return resource("aws_iam_openid_connect_provider", f'url = "{url}"', "it")


HUB = provider("https://token.actions.githubusercontent.com")
CLUSTER = provider("https://oidc.eks.eu-central-1.amazonaws.com/id/1")
AUDIENCE = (
    'condition {\n test = "StringEquals"\n variable = "token.actions.githubusercontent.com:aud"\n'
    ' values = ["sts.amazonaws.com"]\n }'
)
SUBJECT = (
    'condition {\n test = "StringEquals"\n variable = "${aws_iam_openid_connect_provider.it.url}:sub"\n'
    ' values = ["repo:shop/shop:environment:production"]\n }'
)
OF_IT = 'principals {\n type = "Federated"\n identifiers = [aws_iam_openid_connect_provider.it.arn]\n }\n'


@pytest.mark.parametrize(
    ("beside", "conditions", "found"),
    [
        (HUB, "", [CRITICAL]),
        (HUB, AUDIENCE, [CRITICAL]),
        (HUB, AUDIENCE.replace("token.actions.githubusercontent.com:", "${local.issuer}:"), [CRITICAL]),
        (HUB, AUDIENCE + "\n" + SUBJECT, []),
        (HUB, SUBJECT.replace("repo:shop/shop:environment:production", "repo:*").replace("Equals", "Like"), [CRITICAL]),
        (HUB, AUDIENCE.replace('"token.actions.githubusercontent.com:aud"', "var.key"), []),
        (CLUSTER, "", [HIGH]),
        (CLUSTER, SUBJECT, []),
    ],
)
def test_tokens_of_a_provider_that_terraform_makes(beside: str, conditions: str, found: list[Severity]) -> None:
    trust = document("trust", f'actions = ["sts:AssumeRoleWithWebIdentity"]\n{OF_IT}{conditions}')
    role = resource("aws_iam_role", "assume_role_policy = data.aws_iam_policy_document.trust.json")
    assert severities(iam_open_trust, beside + trust + role) == found


@pytest.mark.parametrize(("condition", "found"), [({}, [CRITICAL]), ({"StringLike": {"it:sub": "repo:a/*"}}, [])])
def test_tokens_of_a_provider_in_a_policy_as_json(condition: dict[str, object], found: list[Severity]) -> None:
    told = {"Effect": "Allow", "Principal": {"Federated": "IT"}, "Condition": condition}
    text = json.dumps({"Statement": [told]})
    for form in (
        f"jsonencode({text.replace(chr(34) + 'IT' + chr(34), 'aws_iam_openid_connect_provider.it.arn')})",
        f"<<-EOT\n{text.replace('IT', '${aws_iam_openid_connect_provider.it.arn}')}\nEOT",
    ):
        assert severities(iam_open_trust, HUB + resource("aws_iam_role", f"assume_role_policy = {form}")) == found


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ('["0.0.0.0/0"]', [CRITICAL]),
        ('["0.0.0.0/1", "128.0.0.0/1"]', [CRITICAL]),
        ('["1.2.3.4/0"]', [CRITICAL]),
        ('["0::/0"]', [CRITICAL]),
        ('["0000:0000:0000:0000:0000:0000:0000:0000/0"]', [CRITICAL]),
        ('["2000::/3"]', [CRITICAL]),
        ('["10.0.0.0/8", "172.16.0.0/12", "fd00::/8"]', []),
        ('["0.0.0.0/32"]', []),
        ('["office"]', []),
    ],
)
def test_sources_that_are_the_world(sources: str, found: list[Severity]) -> None:
    fields = f'type = "ingress"\n  protocol = "tcp"\n  from_port = 22\n  to_port = 22\n  cidr_blocks = {sources}'
    assert severities(terraform_open_port, resource("aws_security_group_rule", fields)) == found


READ = '{ Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }] }'
TLS = READ.replace("Resource", 'Condition = { Bool = { "aws:SecureTransport" = "true" } }, Resource')
SITE = resource("aws_s3_bucket_website_configuration", "bucket = aws_s3_bucket.site.id")
BUCKETS = resource("aws_s3_bucket", 'bucket = "shop-site"', "site") + resource("aws_s3_bucket", "", "data")


@pytest.mark.parametrize(
    ("bucket", "policy", "beside", "found"),
    [
        ("aws_s3_bucket.site.id", READ, SITE, []),
        ("aws_s3_bucket.site.bucket", TLS, SITE, []),
        ('"shop-site"', READ, SITE, []),
        ("each.value", READ, SITE, []),
        ("aws_s3_bucket.data.id", READ, SITE, [CRITICAL]),
        ("aws_s3_bucket.data.id", READ, SITE.replace("aws_s3_bucket.site.id", "each.value"), []),
        ("aws_s3_bucket.data.id", TLS, "", [CRITICAL]),
        ("aws_s3_bucket.old.id", READ, resource("aws_s3_bucket", "website {}", "old"), []),
    ],
)
def test_a_website_is_its_own_bucket_alone(bucket: str, policy: str, beside: str, found: list[Severity]) -> None:
    text = resource("aws_s3_bucket_policy", f"bucket = {bucket}\n  policy = jsonencode({policy})")
    assert severities(s3_public_policy, BUCKETS + beside + text) == found


@pytest.mark.parametrize(
    ("who", "role", "found"),
    [
        ("system:authenticated", "cluster-admin", [HIGH]),
        ("system:authenticated", "admin", [HIGH]),
        ("system:authenticated", "edit", [HIGH]),
        ("system:authenticated", "view", []),
        ("system:authenticated", "system:basic-user", []),
        ("system:unauthenticated", "edit", [CRITICAL]),
    ],
)
def test_roles_of_all_who_can_say_who_they_are(who: str, role: str, found: list[Severity]) -> None:
    fails = kubernetes_anonymous_access.FAILS["readers.yaml"]
    text = fails.replace("system:unauthenticated", who).replace("name: view", f"name: {role}")
    code = Code(yaml=yaml_reader.read({"readers.yaml": text.encode()}))
    assert [each.severity for each in kubernetes_anonymous_access.check(code)] == found
