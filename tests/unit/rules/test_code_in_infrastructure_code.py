"""What runs code, or reads what is the machine's, is found however it is written; what everybody writes is not."""

from __future__ import annotations

import pytest

from kr8.domain.code import Code
from kr8.drivers.hcl import reader
from kr8.rules import terraform_external_data, terraform_file_outside, terraform_provisioner

PATH = "infra/net/main.tf"


def code(text: str) -> Code:
    return Code(reader.read({PATH: text.encode()}))


@pytest.mark.parametrize(
    "written",
    [
        'file("/etc/shadow")',
        'filesha256("../../../x")',
        'core::file("/etc/shadow")',
        'file("${path.module}/../../../../etc/shadow")',
        'file("${path.root}/../../../x")',
        'file(pathexpand("~/.aws/credentials"))',
        'file(abspath("/etc/shadow"))',
        'file(format("/etc/%s", "shadow"))',
        'file(join("/", ["", "etc", "shadow"]))',
        'templatefile("/etc/shadow", {})',
    ],
)
def test_a_path_out_of_the_project_is_found(written: str) -> None:
    assert len(list(terraform_file_outside.check(code(f"locals {{\n  a = {written}\n}}\n")))) == 1


@pytest.mark.parametrize(
    "written",
    [
        'file("policy.json")',
        'file("../../policies/a.json")',
        'file("${path.module}/policy.json")',
        'file("${path.module}/../policy.json")',
        'templatefile("${path.module}/user-data.sh.tpl", { root = "/srv" })',
        "file(var.policy)",
        'file("${var.folder}/a.json")',
    ],
)
def test_a_path_in_the_project_or_one_that_nobody_knows_is_not(written: str) -> None:
    assert list(terraform_file_outside.check(code(f"locals {{\n  a = {written}\n}}\n"))) == []


def test_every_block_that_runs_a_program_is_found() -> None:
    assert len(list(terraform_external_data.check(code('ephemeral "external" "a" {}\ndata "external" "b" {}\n')))) == 2
    assert len(list(terraform_provisioner.check(code('action "local_command" "a" {}\n')))) == 1
