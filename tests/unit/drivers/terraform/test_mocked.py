"""Which tests of Terraform can be run by anybody at any time: those that ask no provider and change nothing."""

from __future__ import annotations

import pytest

from kr8.domain.terraform_code import Block
from kr8.drivers.hcl import reader
from kr8.drivers.terraform.mocked import asks_nobody, runs_of

AWS = ("hashicorp/aws",)
MOCK = 'mock_provider "aws" {}\n'
PLANS = 'run "a" {\n  command = plan\n}\n'


def blocks(text: str) -> tuple[Block, ...]:
    return reader.read({"a.tftest.hcl": text.encode()}).files["a.tftest.hcl"]


@pytest.mark.parametrize(("text", "providers"), [(MOCK + PLANS, AWS), (PLANS, ()), (MOCK + PLANS + PLANS, AWS)])
def test_mocks_and_plans_ask_nobody(text: str, providers: tuple[str, ...]) -> None:
    assert asks_nobody(blocks(text), providers)


@pytest.mark.parametrize(
    "text",
    [
        PLANS,
        MOCK,
        MOCK + 'run "a" {}\n',
        MOCK + 'run "a" {\n  command = apply\n}\n',
        MOCK + PLANS + 'run "b" {}\n',
        MOCK + PLANS + 'provider "aws" {}\n',
        MOCK + 'run "a" {\n  command = plan\n  module {\n    source = "./other"\n  }\n}\n',
        MOCK + 'run "a" {\n  command = plan\n  providers = {\n    aws = aws.real\n  }\n}\n',
        MOCK + 'variables {\n  key = file("/etc/hostname")\n}\n' + PLANS,
    ],
)
def test_others_may_ask_somebody(text: str) -> None:
    assert not asks_nobody(blocks(text), AWS)


def test_what_is_asked_is_the_same_whatever_is_mocked() -> None:
    asks = 'run "a" {\n  command = plan\n  assert {\n    condition = var.a == 1\n    error_message = "No."\n  }\n}\n'
    assert runs_of(blocks(MOCK + asks)) == runs_of(blocks("variables {\n  a = 2\n}\n" + asks))
    assert runs_of(blocks(MOCK + asks)) != runs_of(blocks(MOCK + asks.replace("== 1", "== 2")))
