"""The worker that answers with checkov: it keeps what files say, and no answer."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kr8.drivers.checkov.driver import SERVING
from kr8.drivers.toolbox.places import places

BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = var.name\n}\n'
OPEN = """
resource "aws_s3_bucket_acl" "a" {
  bucket = aws_s3_bucket.a.id
  acl    = "public-read-write"
}
"""
PUBLIC = "CKV_AWS_57"
LET_IN = """
resource "aws_vpc_security_group_ingress_rule" "a" {{
  security_group_id = "sg-1"
  description       = "SSH"
  {peer}
  ip_protocol = "tcp"
  from_port   = 22
  to_port     = 22
}}
"""
SSH_FROM_THE_WORLD = "CKV_AWS_24"
PLAIN_DATABASE = "CKV_AWS_16"


class Worker:
    """One that is asked question after question."""

    def __init__(self, folder: Path) -> None:
        python = places(Path(os.environ["KR8_TOOLS"]))["checkov"].program("python")
        settings = {"HOME": str(folder), "LOG_LEVEL": "CRITICAL", "CHECKOV_PARALLELIZATION_TYPE": "none"}
        argv = [str(python), "-P", str(SERVING), "60"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(argv, cwd=folder, env=settings, stdin=pipe, stdout=pipe, text=True)

    def ask(self, root: Path) -> dict[str, Any]:
        """What it says of the Terraform in a folder."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"root": str(root), "frameworks": ["terraform"]}) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

    def end(self) -> int:
        """It ends with its questions."""
        self._process.communicate()
        return self._process.returncode


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    """One worker, at home in an empty folder."""
    (tmp_path / "empty").mkdir()
    worker = Worker(tmp_path / "empty")
    yield worker
    assert worker.end() == 0


def ids(told: dict[str, Any]) -> list[str]:
    """What it found."""
    return sorted(each["id"] for each in told["failed"])


def test_a_file_that_changed_is_read_anew_and_the_others_say_what_they_said(worker: Worker, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text(BUCKET)
    (root / "acl.tf").write_text("")
    before = ids(worker.ask(root))
    assert before and PUBLIC not in before
    (root / "acl.tf").write_text(OPEN)
    changed = ids(worker.ask(root))
    assert PUBLIC in changed and set(before) <= set(changed)
    (root / "acl.tf").write_text("")
    assert ids(worker.ask(root)) == before


@pytest.mark.parametrize(
    ("peer", "is_the_world"),
    [
        ('referenced_security_group_id = "sg-2"', False),
        ('prefix_list_id = "pl-1"', False),
        ('cidr_ipv4 = "10.0.0.0/8"', False),
        ('cidr_ipv4 = "0.0.0.0/0"', True),
    ],
)
def test_a_rule_for_a_security_group_lets_in_that_group(
    worker: Worker, tmp_path: Path, peer: str, is_the_world: bool
) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "main.tf").write_text(LET_IN.format(peer=peer))
    assert (SSH_FROM_THE_WORLD in ids(worker.ask(tmp_path / "root"))) == is_the_world


def test_the_same_file_in_another_folder_is_judged_with_what_is_beside_it_there(worker: Worker, tmp_path: Path) -> None:
    found = {}
    for name, beside in (("one", "private"), ("two", "public-read-write"), ("three", "private")):
        root = tmp_path / name
        root.mkdir()
        (root / "main.tf").write_text(BUCKET + OPEN.replace('"public-read-write"', "var.acl"))
        (root / "variables.tf").write_text(f'variable "acl" {{\n  default = "{beside}"\n}}\n')
        found[name] = PUBLIC in ids(worker.ask(root))
    assert found == {"one": False, "two": True, "three": False}


def test_a_file_that_cannot_be_read_is_named_each_time(worker: Worker, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text('resource "a" {\n')
    assert worker.ask(root)["unread"] == worker.ask(root)["unread"] == [str(root / "main.tf")]


def test_a_module_of_a_registry_with_a_version_is_asked_for_no_commit_and_one_of_a_repository_is(
    worker: Worker, tmp_path: Path
) -> None:
    sources = {
        "exact": 'source = "terraform-aws-modules/vpc/aws"\n  version = "5.1.2"',
        "open": 'source = "terraform-aws-modules/vpc/aws"',
        "tagged": 'source = "git::https://example.com/vpc.git?ref=v1.2.0"',
    }
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text("".join(f'module "{name}" {{\n  {text}\n}}\n' for name, text in sources.items()))
    found = {(each["id"], each["resource"]) for each in worker.ask(root)["failed"]}
    assert found == {("CKV_TF_1", "open"), ("CKV_TF_2", "open"), ("CKV_TF_1", "tagged")}


LINKED = {
    "staging/main.tf": 'module "data" {\n  source = "../modules/data"\n  names  = ["a", "b"]\n  size   = 10\n}\n',
    "production/main.tf": 'module "data" {\n  source    = "../modules/data"\n  names     = ["c"]\n  size      = 20\n'
    "  encrypted = true\n}\n",
    "modules/data/variables.tf": 'variable "names" {}\nvariable "size" {}\n'
    'variable "encrypted" {\n  default = false\n}\n',
    "modules/data/main.tf": """\
locals {
  buckets = { for name in var.names : name => "${name}-data" }
  open    = var.size > 15 ? "0.0.0.0/0" : "10.0.0.0/8"
}

resource "aws_s3_bucket" "a" {
  for_each = local.buckets
  bucket   = each.value
}

resource "aws_db_instance" "a" {
  count               = length(var.names)
  allocated_storage   = var.size
  storage_encrypted   = var.encrypted
  publicly_accessible = !var.encrypted
}

resource "aws_security_group" "a" {
  dynamic "ingress" {
    for_each = [22, 443]
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = [local.open]
    }
  }
}
""",
}


def test_it_finds_what_checkov_finds_by_hand(worker: Worker, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for path, text in LINKED.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "linked").symlink_to("modules")
    program = places(Path(os.environ["KR8_TOOLS"]))["checkov"].program("checkov")
    argv = [str(program), "-d", str(root), "-o", "json", "--compact", "--quiet", "--skip-download", "--soft-fail"]
    settings = {"HOME": str(tmp_path / "empty"), "CHECKOV_RENDER_MAX_LEN": "0"}
    said = subprocess.run([*argv, "--framework", "terraform"], env=settings, capture_output=True, check=True).stdout
    by_hand = [
        (each["check_id"], each["file_abs_path"], each["file_line_range"][0], each["resource"])
        for each in json.loads(said)["results"]["failed_checks"]
    ]
    told = [(each["id"], each["file"], each["line"], each["resource"]) for each in worker.ask(root)["failed"]]
    plain = {resource for check, _, _, resource in by_hand if check == PLAIN_DATABASE}
    assert plain == {"module.data.aws_db_instance.a[0]", "module.data.aws_db_instance.a[1]"}
    assert sorted(told) == sorted(by_hand)
