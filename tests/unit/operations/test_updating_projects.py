"""A project follows its template: what is new comes, what was changed by hand stays, and nothing is made older."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.templates import KR8_TOML
from tests.support.house import ADA, AGENT, CATALOGUE, ROOT, SHOP, House
from tests.support.virtual import play

from kr8.catalogue.invoke import invoke
from kr8.domain.problem import Refused
from kr8.domain.template import IntegerParameter

APP = "print('{{ name }}')\n"


async def made(house: House, tmp_path: Path, template: str = "web-service") -> str:
    """A project of the template, where it lies."""
    directory = str(tmp_path / "tea")
    answer = await house.call("create_project", AGENT, name="tea", directory=directory, template=template)
    assert {".kr8/template.toml", ".kr8/generated/template"} <= set(answer["written"])
    return str(answer["path"])


def published(house: House, version: str, **files: str) -> None:
    """Have the template another content."""
    house.templates.version = version
    house.templates.files["web-service"] = {"kr8.toml": KR8_TOML, "app.py": APP, **files}


def record(path: str) -> dict[str, Any]:
    return tomllib.loads(Path(path, ".kr8/template.toml").read_text())


def test_where_nothing_is_new_it_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        said = record(path)
        assert (said["name"], said["version"], said["origin"]) == ("web-service", "1.0.0", "built-in")
        assert said["values"]["name"] == "tea" and said["values"]["id"].startswith("prj_")
        again = await house.call("update_project", AGENT, project=path)
        assert again["next_step"].startswith("Nothing changed") and again["files"] == []

    play(story())


def test_what_is_new_comes_and_what_was_changed_by_hand_stays(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        toml = Path(path, "kr8.toml")
        toml.write_text(toml.read_text().replace("8000", "9000"))
        published(house, "1.1.0", **{"app.py": APP + "# new\n", "more.py": "{{ name }}\n"})
        answer = await house.call("update_project", AGENT, project=path)
        became = {each["path"]: each["written"] for each in answer["files"]}
        assert became == {
            "app.py": "updated",
            "more.py": "new",
            "kr8.toml": "kept",
            ".kr8/template.toml": "updated",
        }
        assert (answer["before"], answer["version"]) == ("1.0.0", "1.1.0")
        assert "9000" in toml.read_text() and Path(path, "more.py").read_text() == "tea\n"
        assert record(path)["version"] == "1.1.0"
        assert (await house.call("update_project", project=path))["counts"].get("updated") is None

    play(story())


def test_what_does_not_go_together_is_a_conflict_until_it_is_settled(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        Path(path, "app.py").write_text("mine\n")
        published(house, "2.0.0", **{"app.py": "theirs\n"})
        for _ in range(2):
            answer = await house.call("update_project", AGENT, project=path)
            (conflict,) = [each for each in answer["files"] if each["written"] == "conflict"]
            assert conflict["path"] == "app.py" and "\n-mine\n+theirs\n" in conflict["untrusted_difference"]
            assert answer["state"] == "conflict" and "keep=[PATH]" in answer["next_step"]
            assert Path(path, "app.py").read_text() == "mine\n"
            assert record(path)["version"] == "1.0.0", "it is at the new one when nothing conflicts any more"
        assert "--keep PATH" in (await house.call("update_project", project=path))["next_step"]
        Path(path, "app.py").write_text("mine and theirs\n")
        answer = await house.call("update_project", AGENT, project=path)
        assert (answer["state"], answer["before"], answer["version"]) == ("done", "1.0.0", "2.0.0")
        assert record(path)["version"] == "2.0.0"
        assert (await house.call("update_project", AGENT, project=path))["next_step"].startswith("Nothing changed")

    play(story())


@pytest.mark.parametrize(("how", "text"), [({"keep": ["app.py"]}, "mine\n"), ({"force": True}, "theirs\n")])
def test_a_conflict_is_settled_by_an_argument(tmp_path: Path, how: dict[str, Any], text: str) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        Path(path, "app.py").write_text("mine\n")
        published(house, "2.0.0", **{"app.py": "theirs\n"})
        problem = await house.refused("update_project", AGENT, project=path, keep=["apps.py"])
        assert (problem.code, problem.field) == ("invalid_argument", "keep") and "'app.py'" in problem.mend
        assert (await house.call("update_project", AGENT, project=path, **how))["state"] == "done"
        assert Path(path, "app.py").read_text() == text and record(path)["version"] == "2.0.0"
        assert (await house.call("update_project", AGENT, project=path))["state"] == "done"

    play(story())


@pytest.mark.parametrize(
    ("stands", "named"), [("", "./app.py"), ("", "deep/../app.py"), ("deep", "../app.py"), ("deep", "{root}/app.py")]
)
def test_a_file_to_keep_is_named_as_a_shell_completes_it(tmp_path: Path, stands: str, named: str) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        Path(path, "app.py").write_text("mine\n")
        published(house, "2.0.0", **{"app.py": "theirs\n"})
        asked = {"project": path, "keep": [named.format(root=path)]}
        there = str(Path(path, stands))
        answer = (await invoke(CATALOGUE, "update_project", asked, house.services, ADA, there)).value
        assert answer["state"] == "done" and Path(path, "app.py").read_text() == "mine\n"

    play(story())


def test_the_templates_that_were_added_are_named_where_another_one_is_asked_for(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.templates.files |= {"bucket": {"infra/main.tf": ""}, "sea": {"infra/sea.tf": ""}}
        house.templates.infrastructure = frozenset({"bucket", "sea"})
        path = await made(house, tmp_path)
        none = await house.refused("update_project", AGENT, project=path, template="bucke")
        assert none.code == "not_from_template" and "bucket" not in none.mend
        await house.call("create_project", AGENT, name="tea", directory=path, template="bucket")
        problem = await house.refused("update_project", AGENT, project=path, template="bucke")
        assert (problem.code, problem.field) == ("not_from_template", "template")
        assert "'bucket'" in problem.mend and "sea" not in problem.mend

    play(story())


def test_values_given_with_a_conflict_are_known_when_it_is_settled(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        Path(path, "app.py").write_text("mine\n")
        house.templates.more["web-service"] = (IntegerParameter(name="new", type="integer", description="New."),)
        published(house, "2.0.0", **{"app.py": "{{ new }}\n"})
        assert (await house.call("update_project", project=path, values={"new": "7"}))["state"] == "conflict"
        assert (await house.call("update_project", project=path, force=True))["state"] == "done"
        assert Path(path, "app.py").read_text() == "7\n" and record(path)["values"]["new"] == 7

    play(story())


@pytest.mark.parametrize(("version", "code"), [("0.9.0", "template_older"), ("1.0.0", "template_version_reused")])
def test_a_version_that_cannot_be_newer_is_refused(tmp_path: Path, version: str, code: str) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        published(house, version, **{"app.py": "other\n"})
        problem = await house.refused("update_project", project=path)
        assert (problem.code, problem.outcome) == (code, "not_started")
        assert "1.0.1" in problem.mend or code == "template_older"
        assert Path(path, "app.py").read_text() == "print('tea')\n"

    play(story())


def test_what_a_newer_version_asks_for_can_be_given_and_what_it_asks_no_more_is_dropped(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        old = IntegerParameter(name="old", type="integer", description="Old.", default=1)
        house.templates.more["web-service"] = (old,)
        path = await made(house, tmp_path)
        assert record(path)["values"]["old"] == 1
        house.templates.more["web-service"] = (IntegerParameter(name="new", type="integer", description="New."),)
        published(house, "2.0.0", **{"app.py": "{{ new }}\n"})
        problem = await house.refused("update_project", AGENT, project=path)
        assert (problem.code, problem.output) == ("missing_parameter", ("new (integer): New.",))
        await house.call("update_project", AGENT, project=path, values={"new": "7"})
        assert Path(path, "app.py").read_text() == "7\n" and "old" not in record(path)["values"]
        refused = await house.refused("update_project", project=path, values={"id": "prj_other00"})
        assert (refused.code, refused.field) == ("invalid_argument", "values.id")

    play(story())


def test_a_version_whose_kr8_toml_cannot_be_read_is_not_taken(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        published(house, "1.1.0", **{"kr8.toml": "[project\n"})
        assert (await house.refused("update_project", project=path)).code == "invalid_project_file"
        assert record(path)["version"] == "1.0.0"

    play(story())


def test_a_project_that_was_made_otherwise_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        await house.call("check_project")
        assert (await house.refused("update_project", project="shop")).code == "not_from_template"
        path = await made(house, tmp_path)
        Path(path, ".kr8/template.toml").write_text("name = 1\n")
        assert (await house.refused("update_project", project=path)).code == "template_record_unreadable"
        del house.templates.files["web-service"]
        Path(path, ".kr8/template.toml").write_text(
            f'name = "web-service"\nversion = "1.0.0"\norigin = "user"\ndigest = "{"0" * 64}"\n'
        )
        assert (await house.refused("update_project", project=path)).code == "unknown_template"

    play(story())


def test_a_template_of_another_project_is_found_from_there_and_one_of_the_same_name_is_another(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        await house.call("check_project")
        house.templates.own[ROOT] = {"web-service": {"kr8.toml": KR8_TOML, "app.py": APP}}
        path = await made(house, tmp_path, "project/web-service")
        assert (record(path)["origin"], record(path)["name"]) == ("project", "web-service")
        house.templates.own[ROOT]["web-service"]["app.py"] = APP + "# new\n"
        house.templates.version = "1.1.0"
        answer = await house.call("update_project", project=path)
        assert answer["counts"]["updated"] == 2 and Path(path, "app.py").read_text().endswith("# new\n")
        arguments = {"project": path}
        with pytest.raises(Refused) as caught:
            await invoke(CATALOGUE, "update_project", arguments, house.services, ADA, path)
        problem = caught.value.problem
        assert problem.code == "unknown_template", "the built-in one is no newer version of it"
        assert problem.field == "from_project" and "from_project" in problem.mend
        house.templates.own[ROOT]["web-service"]["app.py"] = APP + "# newest\n"
        house.templates.version = "1.2.0"
        named = {"project": path, "from_project": str(ROOT)}
        there = (await invoke(CATALOGUE, "update_project", named, house.services, AGENT, path)).value
        assert there["version"] == "1.2.0" and Path(path, "app.py").read_text().endswith("# newest\n")

    play(story())


def test_what_is_no_text_comes_where_it_is_new_and_is_named_where_it_differs(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.templates.files["web-service"] = {"kr8.toml": KR8_TOML, "app.py": APP, "icon": "\0old", "same": "\0"}
        path = await made(house, tmp_path)
        published(house, "1.1.0", **{"icon": "\0new", "logo": "\0", "same": "\0", "own": "\0"})
        answer = await house.call("update_project", AGENT, project=path, keep=["own"])
        assert {"path": "logo", "written": "new"}.items() <= answer["files"][-1].items() and answer[
            "version"
        ] == "1.1.0"
        assert Path(path, "logo").read_bytes() == b"\0" and not Path(path, "own").exists()
        assert answer["untrusted_left"] == ["icon"] and Path(path, "icon").read_bytes() == b"\0old"
        assert "no text: 1 of the files" in answer["next_step"] and "keep=[PATH]" in answer["next_step"]
        assert "icon" not in answer["next_step"]
        Path(path, "logo").unlink()
        again = await house.call("update_project", AGENT, project=path, keep=["icon"])
        assert (again["files"], again["untrusted_left"]) == ([], []), "what was removed since is not made again"

    play(story())


def test_a_text_that_becomes_none_is_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        published(house, "1.1.0", **{"app.py": "\0"})
        answer = await house.call("update_project", AGENT, project=path)
        assert Path(path, "app.py").read_bytes() == b"\0" and answer["untrusted_left"] == []

    play(story())


def test_a_newer_template_cannot_make_it_another_project(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        path = await made(house, tmp_path)
        before = Path(path, "kr8.toml").read_bytes()
        published(house, "2.0.0", **{"kr8.toml": KR8_TOML.replace("{{ id }}", SHOP)})
        problem = await house.refused("update_project", AGENT, project=path)
        assert (problem.code, problem.outcome) == ("template_identity", "not_started")
        assert Path(path, "kr8.toml").read_bytes() == before and record(path)["version"] == "1.0.0"

    play(story())
