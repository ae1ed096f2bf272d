"""A repository that has findings: what stands is waived, what is not its own is left out, on the real tools."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

from tests.support.repository import Repository
from tests.support.scene import Scene

UGLY = 'resource "aws_sqs_queue" "jobs" {\n name = "jobs"\n}\n'
OPEN = """\
resource "aws_security_group" "ssh" {
  name        = "ssh"
  description = "SSH"

  ingress {
    description = "SSH"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
TOKEN = "ghp_" + "0123456789abcdefghijklmnopqrstuvwxyz"
KR8_TOML = """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]
monitoring = { metrics = "/metrics" }

[environments.staging]
"""
DAY = str(date.today() + timedelta(days=90))


def test_what_stands_is_waived_once_and_what_is_grave_is_left(scene: Scene, shop: Repository) -> None:
    shop.write("infra/main.tf", UGLY)
    shop.write("infra/open.tf", OPEN)
    shop.write("notes.txt", f"token = {TOKEN}\n")
    words = ("validate", "--waive", "the first day", "--until", DAY, "--owner", "ada")
    said = scene.cli(*words, where=shop.folder, code=8, as_json=False)
    assert "left: critical: kr8/terraform-open-port infra/open.tf:5" in said.err
    assert "left: critical: secrets/github-token notes.txt:1" in said.err
    assert "findings: 2 critical, " in said.out and "waived" in said.out
    file = shop.folder / ".kr8/waivers.toml"
    content = file.read_text()
    waivers = tomllib.loads(content)["waiver"]
    assert [(each["place"], each["rule"]) for each in waivers] == sorted(
        (each["place"], each["rule"]) for each in waivers
    )
    assert {each["owner"] for each in waivers} == {"ada"} and str(waivers[0]["expires"]) == DAY
    assert {"terraform/fmt", "checkov/CKV_AWS_27"} <= {each["rule"] for each in waivers}
    again = scene.cli("waive", "--reason", "again", "--until", DAY, where=shop.folder, as_json=False)
    assert "Nothing was waived" in again.out and file.read_text() == content


def test_what_is_left_out_is_met_by_no_tool_and_searched_for_secrets(shop: Repository, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    shop.write("kr8.toml", KR8_TOML + '[validation]\nleave_out = ["third_party/**"]\n')
    shop.write("infra/main.tf", 'module "vpc" {\n  source = "../third_party/vpc"\n}\n')
    external = f'data "external" "x" {{\n program = ["touch", "{mark}"]\n}}\n'
    shop.write("third_party/vpc/main.tf", external + OPEN)
    shop.write("third_party/notes.txt", f"token = {TOKEN}\n")
    said = shop.validate()
    assert said.code == 8, said
    places = {each["untrusted_place"]: each["rule"] for each in said.value["findings"]}
    assert {place: rule for place, rule in places.items() if place.startswith("third_party")} == {
        "third_party/notes.txt:1": "secrets/github-token"
    }
    assert said.value["not_judged"] == [{"untrusted_pattern": "third_party/**", "files": 1}]
    (line,) = [each for each in said.value["not_checked"] if each["checker"] == "terraform"]
    assert line["untrusted_why"] == "infra: Terraform was not run, for it uses third_party/vpc, which was not read."
    assert not mark.exists()
    shop.write(
        ".kr8/waivers.toml",
        '[[waiver]]\nrule = "terraform/not-checked"\nplace = "infra"\nowner = "ada"\nreason = "vendored"\n'
        f"expires = {DAY}\n",
    )
    assert [each for each in shop.validate().value["not_checked"] if each["checker"] == "terraform"] == []
    shop.write("kr8.toml", KR8_TOML)
    rules = {each["rule"] for each in shop.validate().value["findings"]}
    assert {"kr8/terraform-external-data", "kr8/terraform-open-port"} <= rules
