"""The newest schema of AWS: what only it finds in foreign code, where it must keep still, and what is generated."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.foreign import TERRAFORM
from tests.support.repository import Repository
from tests.support.scene import Scene
from tests.support.terraform import LIMIT_S, rich, roots, small, written

from kr8.drivers.terraform import commands, schema
from kr8.drivers.toolbox.places import places

PROVIDER = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "CONSTRAINT" }
  }
}
"""
MEANT = re.compile(r' ?Did you mean \\"[^"]*\\"\?')
"""Of what is served, the nearest."""
ONLY_FIVE = """
resource "aws_eip" "a" {
  vpc = true
}
"""
MISTAKES = {
    "unknown argument": ('resource "aws_sqs_queue" "a" {\n  nam = "x"\n}\n', 2, "unsupported-argument"),
    "unknown argument in a block": (
        'resource "aws_s3_bucket_versioning" "a" {\n  bucket = "b"\n  versioning_configuration {\n'
        '    status  = "Enabled"\n    statuss = "x"\n  }\n}\n',
        5,
        "unsupported-argument",
    ),
    "missing argument": (
        'resource "aws_subnet" "a" {\n  cidr_block = "10.0.0.0/24"\n}\n',
        1,
        "missing-required-argument",
    ),
    "missing argument of a data source": ('data "aws_s3_bucket" "a" {\n}\n', 1, "missing-required-argument"),
    "missing block": ('resource "aws_s3_bucket_versioning" "a" {\n  bucket = "b"\n}\n', 1, "insufficient"),
    "too many blocks": (
        'resource "aws_ecs_service" "a" {\n  name = "x"\n'
        + "  network_configuration {\n    subnets = []\n  }\n" * 2
        + "}\n",
        6,
        "too-many",
    ),
    "wrong type": (
        'resource "aws_sqs_queue" "a" {\n  delay_seconds = "soon"\n}\n',
        2,
        "incorrect-attribute-value-type",
    ),
    "wrong type of an element": (
        'resource "aws_lb" "a" {\n  subnets = [{ a = 1 }]\n}\n',
        2,
        "incorrect-attribute-value-type",
    ),
    "unknown block": ('resource "aws_vpc" "a" {\n  cidr {\n  }\n}\n', 2, "unsupported-block-type"),
    "block for an argument": (
        'resource "aws_vpc" "a" {\n  tags {\n    Name = "x"\n  }\n}\n',
        2,
        "unsupported-block-type",
    ),
    "argument for a block": (
        'resource "aws_lb_listener" "a" {\n  load_balancer_arn = "x"\n  default_action = "forward"\n}\n',
        3,
        "unsupported",
    ),
    "unknown type": ('resource "aws_sqs_kueue" "a" {\n}\n', 1, "invalid-resource-type"),
    "unknown data source": ('data "aws_opsworks_stack" "a" {\n}\n', 1, "invalid-data-source"),
    "unknown attribute read": (
        'data "aws_region" "a" {\n}\noutput "a" {\n  value = data.aws_region.a.nme\n}\n',
        4,
        "unsupported-attribute",
    ),
    "value of what is only read": (
        'resource "aws_vpc" "a" {\n  arn = "x"\n}\n',
        2,
        "value-for-unconfigurable-attribute",
    ),
    "unknown setting of the provider": (
        'provider "aws" {\n  regions = "eu-west-1"\n}\ndata "aws_region" "a" {\n}\n',
        2,
        "unsupported-argument",
    ),
}
"""The configuration, the line of its mistake, and what the rule's name has in it."""


def with_provider(text: str, constraint: str) -> str:
    return PROVIDER.replace("CONSTRAINT", constraint) + text


def test_what_the_newest_schema_alone_refuses_is_found_and_says_so(shop: Repository) -> None:
    shop.write("infra/main.tf", with_provider(ONLY_FIVE, ">= 3.0"))
    said = shop.validate("terraform")
    (finding,) = [each for each in said.value["findings"] if each["severity"] == "high"]
    assert finding["rule"] == "terraform/unsupported-argument"
    assert finding["untrusted_place"] == "infra/main.tf:8"
    assert "With the AWS provider 6.69.1" in finding["what"]


def test_what_the_real_provider_refuses_too_is_found_once_and_without_a_version(shop: Repository) -> None:
    shop.write("infra/main.tf", with_provider(ONLY_FIVE.replace("vpc", "vcp"), ">= 3.0"))
    (finding,) = [each for each in shop.validate("terraform").value["findings"] if each["severity"] == "high"]
    assert "6.69.1" not in finding["what"]


def test_who_stays_below_six_is_told_nothing_of_six(shop: Repository) -> None:
    shop.write("infra/pinned/main.tf", with_provider(ONLY_FIVE, "~> 5.0"))
    shop.write("infra/locked/main.tf", with_provider(ONLY_FIVE, ">= 3.0"))
    lock = 'provider "registry.terraform.io/hashicorp/aws" {\n  version     = "5.90.0"\n}\n'
    shop.write("infra/locked/.terraform.lock.hcl", lock)
    said = shop.validate("terraform")
    assert [each for each in said.value["findings"] if "6.69.1" in each["what"]] == []
    assert said.value["not_checked"] == []


def test_who_asks_for_six_gets_its_schema_and_is_told_that_the_provider_is_not_here(shop: Repository) -> None:
    shop.write("infra/main.tf", with_provider(ONLY_FIVE, ">= 6.0"))
    said = shop.validate("terraform", code=8)
    assert any("With the AWS provider 6.69.1" in each["what"] for each in said.value["findings"])
    (line,) = said.value["not_checked"]
    assert ">= 6.0" in line["untrusted_why"]


def test_what_no_schema_has_is_not_checked_and_nothing_is_said_against_it(shop: Repository) -> None:
    text = 'output "x" {\n  value = provider::aws::arn_parse("arn:aws:iam::123456789012:role/x").region\n}\n'
    shop.write("infra/main.tf", with_provider(text, ">= 5.100"))
    said = shop.validate("terraform")
    assert not [each for each in said.value["findings"] if each["severity"] == "high"], said
    (line,) = said.value["not_checked"]
    assert "provider::aws::arn_parse" in line["untrusted_why"] and "6.69.1" in line["untrusted_why"]


def test_without_the_schema_that_is_not_checked_and_told_once(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    with Scene(KR8_TOOLS=str(tmp_path_factory.mktemp("tools"))) as bare:
        shop = Repository(bare, tmp_path / "shop")
        for name in ("a", "b"):
            shop.write(f"infra/{name}/main.tf", with_provider(ONLY_FIVE, ">= 3.0"))
        said = shop.validate("terraform")
        whys = {each["checker"]: each["untrusted_why"] for each in said.value["not_checked"]}
        assert whys["terraform"].count("kr8 tools install aws-schema") == 1
        assert any(each["rule"].startswith("terraform/") for each in said.value["findings"])


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Validates a folder with the schema alone."""
    program = shutil.which("terraform") or pytest.fail("terraform is not on the PATH: nothing was checked")
    place = places(Path(os.environ["KR8_TOOLS"]))[schema.TOOL]
    assert place.is_installed(), "aws-schema is not built: Go is missing"

    def validate(folder: Path, told: Mapping[str, str]) -> list[dict[str, Any]]:
        scratch = tmp_path_factory.mktemp("terraform")
        (scratch / "configuration").write_text(commands.configuration({schema.AWS: place.folder / "bin"}))
        env = commands.environment(scratch, folder) | dict(told)
        for argv in (commands.get(program), commands.validate(program)):
            done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=LIMIT_S)
        said = json.loads(done.stdout)["diagnostics"]
        return [each for each in said if "development overrides" not in each["summary"]]

    return validate


MISSPELT = {"  cidr_block =": "  cidr_blok =", "to_port ": "to_prt ", "vpc_id      =": "vpc_idd     ="}
"""In a module of others."""
NESTED = """
resource "aws_ecs_service" "this" {
  name = "x"
  network_configuration {
    subnets = values(aws_subnet.this)[*].id
  }
  dynamic "load_balancer" {
    for_each = var.rules
    content {
      container_name = "x"
      container_port = load_balancer.value.port
    }
  }
}
"""


def test_types_and_blocks_that_nobody_names_are_not_missed(validated: Any, tmp_path: Path) -> None:
    network = misspelt = TERRAFORM["modules/network/main.tf"] + NESTED
    for right, wrong in MISSPELT.items():
        assert right in misspelt
        misspelt = misspelt.replace(right, wrong)
    texts = {**TERRAFORM, "modules/network/main.tf": network, "misspelt/main.tf": misspelt}
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    counts: dict[str, int] = {}
    everything: dict[str, str] = {}
    for root, consists_of in {"live/prod": ("live/prod/", "modules/network/"), "misspelt": ("misspelt/",)}.items():
        known = [text for path, text in texts.items() if path.startswith(consists_of)]
        said = [
            sorted(MEANT.sub("", json.dumps(each)) for each in validated(tmp_path / root, told))
            for told in (schema.environment(known), everything)
        ]
        assert said[0] == said[1], root
        counts[root] = len(said[0])
    assert counts == {"live/prod": 0, "misspelt": len(MISSPELT)}


def test_every_structural_mistake_is_found_at_its_line(validated: Any, tmp_path: Path) -> None:
    unseen: list[str] = []
    for number, (name, (text, line, rule)) in enumerate(MISTAKES.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "main.tf").write_text(text)
        found = [
            (each["range"]["start"]["line"], each["summary"].lower().replace(" ", "-"))
            for each in validated(folder, schema.environment([text]))
            if each["severity"] == "error"
        ]
        if not any(at == line and rule in summary for at, summary in found):
            unseen.append(f"{name}: {found}")
    assert unseen == [], unseen


def test_what_is_generated_is_valid_with_it(validated: Any, tmp_path: Path) -> None:
    """With what is named served alone, and once more with all."""
    for name, project in {"small": small(), "rich": rich()}.items():
        folder = written(project, tmp_path / name)
        texts = [path.read_text() for path in folder.rglob("*.tf*") if path.is_file()]
        for root in [*roots(folder)]:
            assert validated(root, schema.environment(texts)) == [], root
    assert validated(next(iter(roots(folder))), {}) == []


def test_its_program_is_laid_out_as_go_does_it() -> None:
    source = places(Path(os.environ["KR8_TOOLS"]))[schema.TOOL].source
    said = subprocess.run(["gofmt", "-l", str(source)], capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout == ""
