"""What differs between the environments of a project, and nothing else."""

from __future__ import annotations

from kr8.domain.project import Project
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.planning.parity import differences
from kr8.surfaces.cli.render import render

TOML = """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{port}"]

[infrastructure.terraform]
region = "eu-west-1"

[environments.staging]
listen = { web = "127.0.0.1:8001" }

[environments.production]
listen = { web = "127.0.0.1:8002" }
"""


def project(more: str = "") -> Project:
    return TomlProjectFiles().read((TOML + more).encode())


def test_addresses_differ_and_what_is_the_same_is_not_listed() -> None:
    (found,) = differences(project())
    assert found.setting == "listen.web"
    assert found.values == {"staging": "127.0.0.1:8001", "production": "127.0.0.1:8002"}


def test_what_an_environment_overrides_is_compared_with_what_the_project_says() -> None:
    found = differences(project('[environments.production.infrastructure.terraform]\nregion = "eu-central-1"\n'))
    assert found[0].setting == "infrastructure.terraform.region"
    assert found[0].values == {"staging": "eu-west-1", "production": "eu-central-1"}
    same = differences(project('[environments.production.infrastructure.terraform]\nregion = "eu-west-1"\n'))
    assert [each.setting for each in same] == ["listen.web"]


def test_a_setting_that_only_one_has() -> None:
    found = {each.setting: each.values for each in differences(project("approval = { people = 2 }\n"))}
    assert found["approval.people"] == {"staging": "—", "production": "2"}
    assert found["approval.self"] == {"staging": "—", "production": "false"}, "as kr8.toml has it"


def test_a_person_sees_a_table() -> None:
    value = {
        "environments": ["staging", "production"],
        "untrusted_differences": [each.model_dump() for each in differences(project())],
    }
    head, row = [line.text for line in render("ParityView", value)]
    assert head.split() == ["setting", "staging", "production"]
    assert row.split() == ["listen.web", "127.0.0.1:8001", "127.0.0.1:8002"]
