"""What is critical is so whatever a variable says: what Terraform only decides when it runs is high at most."""

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


@pytest.mark.parametrize(
    ("meta", "severity"),
    [
        ("count = 2", CRITICAL),
        ('for_each = toset(["a"])', CRITICAL),
        ("for_each = { a = var.a }", CRITICAL),
        ("count = null", HIGH),
        ("count = var.x ? 1 : 0", HIGH),
        ("for_each = var.names", HIGH),
        ("for_each = toset(var.names)", HIGH),
    ],
)
@pytest.mark.parametrize("rule", [iam_administrator, iam_open_trust, s3_public_policy, terraform_open_port])
def test_what_may_not_be_there_is_not_critical(rule: ModuleType, meta: str, severity: Severity) -> None:
    head, brace, rest = rule.FAILS["main.tf"].rpartition('" {\n')
    assert head.rpartition("\n")[2].startswith('resource "')
    assert severities(rule, f"{head}{brace}  {meta}\n{rest}") == [severity]


DOCUMENTS = "".join(
    f'data "aws_iam_policy_document" "{name}" {{\n  statement {{\n    actions = ["{action}"]\n'
    '    resources = ["*"]\n  }\n}\n'
    for name, action in (("all", "*"), ("some", "s3:ListAllMyBuckets"))
)
WRITTEN = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })'
ARN = '"arn:aws:iam::aws:policy/AdministratorAccess"'
LESSER = '"arn:aws:iam::aws:policy/ReadOnlyAccess"'


@pytest.mark.parametrize(
    ("kind", "value", "severity"),
    [
        ("role_policy", "policy = data.aws_iam_policy_document.all.json", CRITICAL),
        ("role_policy", 'policy = "${data.aws_iam_policy_document.all.json}"', CRITICAL),
        (
            "role_policy",
            "policy = var.x ? data.aws_iam_policy_document.all.json : data.aws_iam_policy_document.some.json",
            HIGH,
        ),
        ("role_policy", "policy = coalesce(var.policy, data.aws_iam_policy_document.all.json)", HIGH),
        (
            "role_policy",
            "policy = { a = data.aws_iam_policy_document.all.json, b = data.aws_iam_policy_document.some.json }[var.x]",
            HIGH,
        ),
        ("role_policy", f"policy = {WRITTEN}", CRITICAL),
        ("role_policy", f"policy = var.x ? {WRITTEN} : null", HIGH),
        ("role_policy_attachment", f"policy_arn = {ARN}", CRITICAL),
        ("role_policy_attachment", f"policy_arn = {ARN.replace('aws:iam', '${var.partition}:iam')}", CRITICAL),
        ("role_policy_attachment", f"policy_arn = var.admin ? {ARN} : {LESSER}", HIGH),
        ("role", f"managed_policy_arns = [var.other, {ARN}]", CRITICAL),
        ("role", f"managed_policy_arns = concat([{ARN}], var.others)", CRITICAL),
        ("role", f"managed_policy_arns = concat(var.x ? [{ARN}] : [], var.others)", HIGH),
        ("role_policy", 'policy = join("", data.aws_iam_policy_document.all.*.json)', CRITICAL),
        ("role", f"managed_policy_arns = [for each in [{ARN}] : each if var.x]", HIGH),
        ("role", f"managed_policy_arns = [{ARN}]\n  permissions_boundary = var.boundary", HIGH),
        ("role", f"managed_policy_arns = [{ARN}]\n  permissions_boundary = null", CRITICAL),
        ("role_policy", "role = aws_iam_role.free.id\n  policy = data.aws_iam_policy_document.all.json", CRITICAL),
        ("role_policy", "role = aws_iam_role.bound[0].id\n  policy = data.aws_iam_policy_document.all.json", HIGH),
        ("user_policy", "user = aws_iam_user.bound.name\n  policy = data.aws_iam_policy_document.all.json", HIGH),
        ("policy_attachment", f"roles = [aws_iam_role.bound.name]\n  policy_arn = {ARN}", HIGH),
        (
            "policy_attachment",
            f"roles = [aws_iam_role.bound.name, aws_iam_role.free.name]\n  policy_arn = {ARN}",
            CRITICAL,
        ),
    ],
)
def test_an_administrator_by_choice_or_within_a_bound_is_not_critical(
    kind: str, value: str, severity: Severity
) -> None:
    beside = 'resource "aws_iam_role" "free" {}\n' + "".join(
        f'resource "aws_iam_{who}" "bound" {{\n  permissions_boundary = "arn:aws:iam::1:policy/b"\n}}\n'
        for who in ("role", "user")
    )
    text = f'{DOCUMENTS}{beside}resource "aws_iam_{kind}" "a" {{\n  {value}\n}}\n'
    assert severities(iam_administrator, text) == [severity]


def test_a_policy_of_aws_that_a_group_alone_is_given_makes_no_role_an_administrator() -> None:
    text = f'resource "aws_iam_policy_attachment" "a" {{\n  groups = ["people"]\n  policy_arn = {ARN}\n}}\n'
    assert severities(iam_administrator, text) == []


def test_what_a_dynamic_block_makes_of_a_variable_is_not_critical() -> None:
    fields = 'protocol = "tcp"\n from_port = 22\n to_port = 22\n cidr_blocks = ["0.0.0.0/0"]'
    group = (
        'resource "aws_security_group" "a" {\n dynamic "ingress" {\n for_each = EACH\n'
        f" content {{\n {fields}\n }}\n }}\n}}\n"
    )
    assert severities(terraform_open_port, group.replace("EACH", "var.x ? [1] : []")) == [HIGH]
    assert severities(terraform_open_port, group.replace("EACH", "[1]")) == [CRITICAL]
