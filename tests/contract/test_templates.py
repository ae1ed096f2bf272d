"""What every `Templates` does, the fake and the one with folders."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.fakes.templates import FakeTemplates

from kr8.domain.problem import Refused
from kr8.drivers.process.driver import Processes
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.templates.driver import FolderTemplates
from kr8.ports.templates import Templates

VALUES = {"name": "shop", "id": "prj_7k2m9q"}


@pytest.fixture(params=["fake", "folders"])
def templates(request: pytest.FixtureRequest, tmp_path: Path) -> Templates:
    return FakeTemplates() if request.param == "fake" else FolderTemplates(tmp_path, Processes(os.environ))


def test_the_web_service_is_there_and_says_what_it_asks_for(templates: Templates) -> None:
    listed = {template.name: template for template in asyncio.run(templates.list())}
    assert {"name", "id"} <= {parameter.name for parameter in listed["web-service"].parameters}
    assert listed["web-service"].kind == "project"


def test_its_kr8_toml_is_a_project_with_three_environments(templates: Templates) -> None:
    files = {file.path: file.content for file in asyncio.run(templates.render("web-service", VALUES)).files}
    project = TomlProjectFiles().read(files["kr8.toml"])
    assert (project.project.name, project.project.id) == ("shop", "prj_7k2m9q")
    assert list(project.environments) == ["development", "staging", "production"]
    assert project.environments["production"].approval is not None


def test_a_rendering_says_what_it_was_made_from(templates: Templates) -> None:
    first = asyncio.run(templates.render("web-service", VALUES))
    assert (first.template.name, first.template.origin) == ("web-service", "built-in")
    assert {"name": "shop", "id": "prj_7k2m9q"}.items() <= first.values.items()
    again = asyncio.run(templates.render("web-service", {**VALUES, "name": "tea"}))
    assert again.digest == first.digest and again.files != first.files


def test_what_must_be_given_is_told_all_at_once(templates: Templates) -> None:
    with pytest.raises(Refused) as caught:
        asyncio.run(templates.render("web-service", {}))
    problem = caught.value.problem
    assert (problem.code, problem.field) == ("missing_parameter", "values.name")
    assert [line.partition(" ")[0] for line in problem.output] == ["name", "id"]


def test_what_it_needs_is_here(templates: Templates) -> None:
    assert asyncio.run(templates.unmet("web-service")) == ()


@pytest.mark.parametrize(
    ("name", "more", "code"),
    [("web-servce", {}, "unknown_template"), ("web-service", {"colour": "red"}, "unknown_parameter")],
)
def test_what_is_unknown_is_refused(templates: Templates, name: str, more: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as caught:
        asyncio.run(templates.render(name, {**VALUES, **more}))
    assert caught.value.problem.code == code
    assert "none yet" not in caught.value.problem.mend
