"""Forms that a rule finds besides its one example, and what it leaves alone."""

from __future__ import annotations

import pytest

from kr8.domain.code import Code
from kr8.drivers.hcl import reader
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.rules import (
    data_without_backup,
    iam_wildcard,
    production_without_approval,
    single_instance,
    terraform_image_unpinned,
    terraform_unpinned_module,
    terraform_unpinned_provider,
)

ATTACHED = (
    'resource "aws_iam_role_policy_attachment" "a" {{\n  role = "x"\n  policy_arn = "arn:aws:iam::aws:policy/{}"\n}}\n'
)
ALL_BUT = (
    'data "aws_iam_policy_document" "a" {{\n  statement {{\n    effect = "{}"\n    not_actions = ["iam:*"]\n  }}\n}}\n'
)
FILES = 'resource "aws_efs_file_system" "a" {}\n'


def code(**texts: str) -> Code:
    return Code(reader.read({f"{name.replace('__', '/')}.tf": text.encode() for name, text in texts.items()}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ATTACHED.format("AdministratorAccess"), 1),
        (ATTACHED.format("job-function/ViewOnlyAccess"), 0),
        (ATTACHED.format("ReadOnlyAccess"), 0),
        (ALL_BUT.format("Allow"), 1),
        (ALL_BUT.format("Deny"), 0),
    ],
)
def test_rights_without_a_bound(text: str, found: int) -> None:
    assert len(list(iam_wildcard.check(code(main=text)))) == found


def test_a_file_system_has_its_backup_policy_in_its_own_module() -> None:
    kept = 'resource "aws_efs_backup_policy" "a" {}\n'
    assert list(data_without_backup.check(code(a__main=FILES, a__backup=kept))) == []
    assert len(list(data_without_backup.check(code(a__main=FILES, b__backup=kept)))) == 1


@pytest.mark.parametrize(
    ("image", "found"),
    [("nginx", 1), ("a.example/b/c:latest", 1), ("a.example:5000/b", 1), ("nginx@sha256:0", 0), ("${var.image}", 0)],
)
def test_images_of_tasks(image: str, found: int) -> None:
    for form in (f'jsonencode([{{ image = "{image}" }}])', f'"[{{\\"image\\": \\"{image}\\"}}]"'):
        text = f'resource "aws_ecs_task_definition" "a" {{\n  container_definitions = {form}\n}}\n'
        assert len(list(terraform_image_unpinned.check(code(main=text)))) == found, form


@pytest.mark.parametrize("name", ["production", "prod"])
def test_production_goes_by_each_of_its_names(name: str) -> None:
    toml = f'[project]\nname = "shop"\nid = "prj_7k2m9q"\n\n[services.web]\nrun = ["serve"]\n\n[environments.{name}]\n'
    project = Code(reader.read({}), {"kr8.toml": toml}, TomlProjectFiles().read(toml.encode()))
    for rule in (single_instance, production_without_approval):
        (found,) = rule.check(project)
        assert name in found.what and found.place == "kr8.toml:8"


@pytest.mark.parametrize(
    ("version", "found"),
    [("6.0.1", 0), ("= 6.0.1", 0), ("~> 6.0", 0), (">= 5.0, < 7.0", 0), (">= 0", 1), (">= 5.0", 1), ("!= 5.0", 1)],
)
def test_a_module_of_a_registry_has_a_version_that_bounds_it(version: str, found: int) -> None:
    text = f'module "a" {{\n  source = "terraform-aws-modules/vpc/aws"\n  version = "{version}"\n}}\n'
    for form in (text, text.replace("/vpc/aws", "/iam/aws//modules/iam-role")):
        assert len(list(terraform_unpinned_module.check(code(main=form)))) == found


def test_a_provider_is_required_in_its_own_module() -> None:
    required = 'terraform {\n  required_providers {\n    aws = {\n      version = "~> 6.0"\n    }\n  }\n}\n'
    provider = 'provider "aws" {\n  alias = "a"\n}\nprovider "aws" {\n}\n'
    assert list(terraform_unpinned_provider.check(code(a__versions=required, a__main=provider))) == []
    assert len(list(terraform_unpinned_provider.check(code(a__versions=required, b__main=provider)))) == 1
    assert list(terraform_unpinned_provider.check(code(main='provider "aws" {\n  version = "~> 3.0"\n}\n'))) == []
    assert list(terraform_unpinned_provider.check(code(main=required.replace('"~> 6.0"', "local.version")))) == []
