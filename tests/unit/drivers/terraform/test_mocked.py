"""Which tests of Terraform can be run by anybody at any time: those that ask nobody and change nothing."""

from __future__ import annotations

import pytest

from kr8.domain.terraform_code import Block
from kr8.drivers.hcl import reader
from kr8.drivers.terraform.mocked import asks_nobody, runs_of

AWS = 'provider "aws" {}\nresource "aws_s3_bucket" "a" {}\n'
MOCK = 'mock_provider "aws" {}\n'
PLANS = 'run "a" {\n  command = plan\n}\n'


def blocks(text: str) -> tuple[Block, ...]:
    return reader.read({"a.tf": text.encode()}).files["a.tf"]


@pytest.mark.parametrize(
    ("text", "root"),
    [
        (MOCK + PLANS, AWS),
        (PLANS, 'resource "terraform_data" "a" {}\n'),
        (MOCK + PLANS + PLANS, AWS),
        (MOCK + 'mock_provider "aws" {\n  alias = "us"\n}\n' + PLANS, AWS + 'provider "aws" {\n  alias = "us"\n}\n'),
    ],
)
def test_mocks_and_plans_ask_nobody(text: str, root: str) -> None:
    assert asks_nobody(blocks(text), blocks(root))


@pytest.mark.parametrize(
    ("text", "root"),
    [
        *(
            (text, AWS)
            for text in (
                PLANS,
                MOCK,
                MOCK + 'run "a" {}\n',
                MOCK + 'run "a" {\n  command = apply\n}\n',
                MOCK + PLANS + 'run "b" {}\n',
                MOCK + PLANS + 'provider "aws" {}\n',
                MOCK + 'run "a" {\n  command = plan\n  module {\n    source = "./other"\n  }\n}\n',
                MOCK + 'run "a" {\n  command = plan\n  providers = {\n    aws = aws.real\n  }\n}\n',
                MOCK + 'variables {\n  key = file("/etc/hostname")\n}\n' + PLANS,
                MOCK + 'variables {\n  key = core::filesha256("/etc/hostname")\n}\n' + PLANS,
                'mock_provider "aws" {\n  alias = "fake"\n}\n' + PLANS,
            )
        ),
        (MOCK + PLANS, AWS + 'provider "aws" {\n  alias = "us"\n}\n'),
        (MOCK + PLANS, AWS + 'resource "random_id" "a" {}\n'),
        (MOCK + PLANS, 'terraform {\n  required_providers {\n    main = { source = "hashicorp/aws" }\n  }\n}\n'),
        (MOCK + PLANS, AWS + 'data "terraform_remote_state" "a" {\n  backend = "s3"\n}\n'),
        (MOCK + PLANS, 'resource "aws_s3_bucket" "a" {\n  provider = aws.us\n}\n'),
    ],
)
def test_others_may_ask_somebody(text: str, root: str) -> None:
    assert not asks_nobody(blocks(text), blocks(root))


def test_what_is_asked_is_the_same_whatever_is_mocked() -> None:
    asks = 'run "a" {\n  command = plan\n  assert {\n    condition = var.a == 1\n    error_message = "No."\n  }\n}\n'
    assert runs_of(blocks(MOCK + asks)) == runs_of(blocks("variables {\n  a = 2\n}\n" + asks))
    assert runs_of(blocks(MOCK + asks)) != runs_of(blocks(MOCK + asks.replace("== 1", "== 2")))
