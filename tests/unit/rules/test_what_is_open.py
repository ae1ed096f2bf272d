"""What lets strangers in: found however it is written, and nothing beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import ModuleType

import pytest

from kr8.domain.code import Code
from kr8.domain.finding import Finding
from kr8.drivers.hcl import reader
from kr8.drivers.yaml_files import reader as yaml_reader
from kr8.rules import (
    iam_administrator,
    iam_every_resource,
    iam_open_trust,
    iam_wildcard,
    kubernetes_anonymous_access,
    kubernetes_host_root,
    s3_public_policy,
    terraform_open_port,
)

WORLD = '["0.0.0.0/0"]'


def terraform(text: str, name: str = "main.tf") -> Code:
    code = Code(reader.read({name: text.encode()}))
    assert code.terraform.unreadable == ()
    return code


def lines(rule: ModuleType, text: str, name: str = "main.tf") -> list[int]:
    """Where a rule finds something."""
    found: Iterable[Finding] = rule.check(terraform(text, name))
    return sorted(int(str(each.place).rpartition(":")[2]) for each in found)


def ingress(port: str, last: str = "", protocol: str = '"tcp"', source: str = f"cidr_blocks = {WORLD}") -> str:
    return f"protocol = {protocol}\nfrom_port = {port}\nto_port = {last or port}\n{source}\n"


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (ingress("22"), True),
        (ingress("5432", source='ipv6_cidr_blocks = ["::/0"]'), True),
        (ingress("1000", "4000"), True),
        (ingress("0", "0", '"-1"'), True),
        (ingress("443"), False),
        (ingress("8000", "9000"), False),
        (ingress("22", protocol='"udp"'), False),
        (ingress("22", source='cidr_blocks = ["10.0.0.0/8"]'), False),
        (ingress("22", source='security_groups = ["sg-1"]'), False),
        (ingress("22", source="cidr_blocks = var.sources"), False),
        (ingress("22", source='cidr_blocks = [var.office, "0.0.0.0/0"]'), True),
        (ingress("var.port"), False),
    ],
)
def test_a_port_that_the_world_may_connect_to(rule: str, found: bool) -> None:
    fields = rule.strip().split("\n")
    groups = [
        f'resource "aws_security_group" "a" {{\n  ingress {{\n{rule}  }}\n}}\n',
        f'resource "aws_security_group_rule" "a" {{\n  type = "ingress"\n{rule}}}\n',
        f'resource "aws_security_group" "a" {{\n  ingress = [{{ {", ".join(fields)} }}]\n}}\n',
        f'resource "aws_security_group" "a" {{\n  dynamic "ingress" {{\n    for_each = ["a"]\n'
        f"    content {{\n{rule}    }}\n  }}\n}}\n",
    ]
    assert [bool(lines(terraform_open_port, group)) for group in groups] == [found] * len(groups)
    outgoing = f'resource "aws_security_group" "a" {{\n  egress {{\n{rule}  }}\n}}\n'
    assert lines(terraform_open_port, outgoing) == []


def test_a_rule_for_a_security_group_lets_nobody_else_in() -> None:
    text = terraform_open_port.FAILS["main.tf"].replace(
        'cidr_ipv4         = "0.0.0.0/0"', 'referenced_security_group_id = "sg-2"'
    )
    assert lines(terraform_open_port, text) == []


def policy(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def forms(name: str, document: str) -> list[str]:
    """A policy as people write it: JSON in a text, by jsonencode, and in a heredoc with something filled in."""
    filled = document.replace("2012-10-17", "${var.version}")
    told = json.loads(document)
    return [
        f"{name} = {json.dumps(document)}\n",
        f"{name} = jsonencode({json.dumps({**told, 'Id': 'MADE'}).replace(chr(34) + 'MADE' + chr(34), 'var.id')})\n",
        f"{name} = <<-EOT\n{filled}\nEOT\n",
    ]


EVERYTHING = policy(Action="*", Resource="*")
BOUND = policy(Action="*", Resource="*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (EVERYTHING, True),
        (policy(Action=["*"], Resource=["*"]), True),
        (BOUND, False),
        (policy(Action="s3:*", Resource="*"), False),
        (policy(Action="*", Resource="arn:aws:s3:::a/*"), False),
        (EVERYTHING.replace("Allow", "Deny"), False),
    ],
)
def test_a_policy_that_allows_everything_where_something_has_it(document: str, found: bool) -> None:
    for form in forms("policy", document):
        inline = f'resource "aws_iam_role_policy" "a" {{\n  role = "a"\n  {form}}}\n'
        managed = f'resource "aws_iam_policy" "a" {{\n  {form}}}\n'
        attached = (
            f'{managed}resource "aws_iam_role_policy_attachment" "b" {{\n  policy_arn = aws_iam_policy.a[0].arn\n}}\n'
        )
        of_another = attached.replace("aws_iam_policy.a[0]", "aws_iam_policy.a-b")
        read = [bool(lines(iam_administrator, text)) for text in (inline, attached, managed, of_another)]
        assert read == [found, found, False, False], form


def test_administrators_by_the_policy_of_aws() -> None:
    arn = '"arn:aws:iam::aws:policy/AdministratorAccess"'
    role = f'resource "aws_iam_role" "a" {{\n  managed_policy_arns = [var.other, {arn}]\n}}\n'
    assert lines(iam_administrator, role) == [2]
    group = f'resource "aws_iam_group_policy_attachment" "a" {{\n  policy_arn = {arn}\n}}\n'
    assert lines(iam_administrator, group) == [] and lines(iam_wildcard, group) == [2]


def test_policies_in_the_json_syntax_of_terraform_are_read_too() -> None:
    made = {"resource": {"aws_iam_role_policy": {"a": {"role": "${var.role}", "policy": EVERYTHING}}}}
    assert lines(iam_administrator, json.dumps(made), "main.tf.json") == [1]


def test_a_policy_document_of_another_folder_is_another() -> None:
    document = (
        'data "aws_iam_policy_document" "a" {\n  statement {\n    actions = ["*"]\n    resources = ["*"]\n  }\n}\n'
    )
    role = 'resource "aws_iam_role_policy" "a" {\n  policy = data.aws_iam_policy_document.a.json\n}\n'
    near = Code(reader.read({"a/main.tf": role.encode(), "a/policies.tf": document.encode()}))
    far = Code(reader.read({"a/main.tf": role.encode(), "b/policies.tf": document.encode()}))
    assert [each.place for each in iam_administrator.check(near)] == ["a/policies.tf:3"]
    assert list(iam_administrator.check(far)) == []


GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
AUDIENCE = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}
SUBJECT = {"token.actions.githubusercontent.com:sub": "repo:shop/shop:*"}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": ["*"]}}, True),
        ({"Principal": {"AWS": "*"}, "Condition": {"StringEquals": {"sts:ExternalId": "7"}}}, False),
        ({"Principal": {"Service": "ecs-tasks.amazonaws.com"}}, False),
        ({"Principal": {"Federated": GITHUB}}, True),
        ({"Principal": {"Federated": GITHUB}, "Condition": {"StringEquals": AUDIENCE}}, True),
        ({"Principal": {"Federated": GITHUB}, "Condition": {"StringLike": {**AUDIENCE, **SUBJECT}}}, False),
    ],
)
def test_a_role_that_anybody_may_assume(statement: dict[str, object], found: bool) -> None:
    for form in forms("assume_role_policy", policy(Action="sts:AssumeRole", **statement)):
        assert bool(lines(iam_open_trust, f'resource "aws_iam_role" "a" {{\n  {form}}}\n')) is found, form


READ = policy(Principal="*", Action="s3:GetObject", Resource="*")
WEBSITE = 'resource "aws_s3_bucket_website_configuration" "a" {}\n'


@pytest.mark.parametrize(
    ("document", "beside", "found"),
    [
        (READ, "", True),
        (READ, WEBSITE, False),
        (policy(Principal="*", Action=["s3:GetObject", "s3:PutObject"], Resource="*"), WEBSITE, True),
        (
            policy(Principal="*", Action="s3:*", Resource="*", Condition={"StringEquals": {"aws:SourceVpce": "a"}}),
            "",
            False,
        ),
        (policy(Principal="*", Action="s3:*", Resource="*").replace("Allow", "Deny"), "", False),
    ],
)
def test_a_bucket_of_everybody(document: str, beside: str, found: bool) -> None:
    for form in forms("policy", document):
        assert bool(lines(s3_public_policy, f'{beside}resource "aws_s3_bucket_policy" "a" {{\n  {form}}}\n')) is found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ({"Action": "secretsmanager:GetSecretValue"}, True),
        ({"Action": ["logs:DescribeLogGroups", "s3:Put*"]}, True),
        ({"Action": ["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData", "xray:PutTraceSegments"]}, False),
        ({"Action": ["ec2:Describe*", "s3:ListAllMyBuckets", "logs:*"]}, False),
        ({"Action": "sns:Publish"}, False),  # a message to a telephone has no resource
        ({"Action": ["sns:Publish", "sqs:SendMessage"]}, True),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}, False),
        ({"Action": "kms:Decrypt", "Condition": {"StringLike": {"kms:ViaService": "s3.*"}}}, False),
        ({"Action": "kms:Decrypt", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
    ],
)
def test_rights_on_every_resource(statement: dict[str, object], found: bool) -> None:
    for form in forms("policy", policy(**{"Resource": "*", **statement})):
        assert bool(lines(iam_every_resource, f'resource "aws_iam_policy" "a" {{\n  {form}}}\n')) is found, form


def test_what_a_keys_own_policy_gives_on_that_key_is_no_wildcard() -> None:
    root = 'principals {\n      type = "AWS"\n      identifiers = ["arn:aws:iam::123456789012:root"]\n    }\n'
    document = 'data "aws_iam_policy_document" "a" {{\n  statement {{\n    actions = ["kms:*"]\n    {}  }}\n}}\n'
    assert lines(iam_wildcard, document.format(root)) == []
    assert lines(iam_wildcard, document.format("")) == [3]


def test_what_accounts_may_at_most_gives_nobody_a_right() -> None:
    statement = 'statement {\n    actions = ["*", "s3:GetObject"]\n    resources = ["*"]\n  }'
    limit = f'data "aws_iam_policy_document" "a" {{\n  {statement}\n}}\n'
    policy = 'resource "aws_organizations_policy" "a" {\n  content = data.aws_iam_policy_document.a.json\n}\n'
    through_a_local = policy.replace("data.aws_iam", "local.x\n}\nlocals {\n  x = data.aws_iam")
    for rule in (iam_wildcard, iam_every_resource):
        assert lines(rule, limit) == [3]
        assert [lines(rule, limit + each) for each in (policy, through_a_local)] == [[], []]
        assert lines(rule, limit + policy.replace("document.a.json", "document.other.json")) == [3]


def manifests(text: str) -> Code:
    return Code(yaml=yaml_reader.read({"a.yaml": text.encode()}))


def test_what_has_only_one_half_of_it_is_no_container_that_is_its_machine() -> None:
    fails = kubernetes_host_root.FAILS["agent.yaml"]
    harmless = [
        fails.replace("{privileged: true}", "{privileged: false}"),
        fails.replace("volumeMounts: [{name: host", "volumeMounts: [{name: other"),
        fails.replace("path: /}", "path: /proc}"),
    ]
    assert [list(kubernetes_host_root.check(manifests(text))) for text in harmless] == [[], [], []]
    hidden = fails.replace("containers:", "initContainers:").replace("path: /}", "path: /./}")
    assert len(list(kubernetes_host_root.check(manifests(hidden)))) == 1


def test_what_kubernetes_itself_shows_to_everybody_is_not_found() -> None:
    fails = kubernetes_anonymous_access.FAILS["readers.yaml"]
    assert (
        list(
            kubernetes_anonymous_access.check(manifests(fails.replace("name: view", "name: system:public-info-viewer")))
        )
        == []
    )
