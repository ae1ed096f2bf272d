"""Where a new project may go, what it is made from, and what is said of a place where one is already."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fakes.templates import KR8_TOML
from tests.support.house import ADA, AGENT, CATALOGUE, ROOT, SHOP, House
from tests.support.virtual import play

from kr8.catalogue.invoke import invoke


def test_a_kr8_toml_that_is_not_committed_yet_is_told_and_not_taken_for_the_new_one(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.repositories.put(tmp_path, {"README.md": b"mine"})
        made = await house.call("create_project", AGENT, name="first", directory=str(tmp_path))
        again = await house.refused("create_project", AGENT, name="second", directory=str(tmp_path))
        assert (again.code, again.outcome) == ("project_exists", "not_started")
        assert f"first ({made['id']}), not committed yet" in again.what
        (tmp_path / "kr8.toml").write_text("[project]\nnam = 'x'\n")
        broken = await house.refused("create_project", name="second", directory=str(tmp_path))
        assert broken.code == "project_exists" and "kr8.toml:2:1" in str(broken.output)

    play(story())


def test_a_project_that_is_committed_is_told_with_its_name_and_id(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.repositories.put(tmp_path, {"kr8.toml": house.toml.encode()})
        again = await house.refused("create_project", name="shop", directory=str(tmp_path))
        assert again.code == "project_exists" and f"shop ({SHOP})" in again.what and "not committed" not in again.what

    play(story())


def test_a_repository_without_a_commit_is_an_existing_one(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.repositories.snapshots[tmp_path] = []
        made = await house.call("create_project", name="fresh", directory=str(tmp_path))
        assert made["written"] == ["kr8.toml"] and made["commit"] is None and "commit it" in made["next_step"]

    play(story())


@pytest.mark.parametrize(
    "below", ["file", "file/deep/er", "ring/x", "/proc/xx", "/proc/1/fd/xx", "/sys/xx", "x" * 300, "a\0b"]
)
def test_a_directory_that_cannot_be_one_is_refused_and_nothing_is_left(below: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        (tmp_path / "file").write_text("mine")
        (tmp_path / "ring").symlink_to("ring")
        problem = await house.refused("create_project", name="new", directory=str(tmp_path / below))
        assert problem.code in ("directory_not_usable", "not_writable"), problem
        assert (problem.field, problem.outcome) == ("directory", "not_started")
        assert problem.mend and below[:20].partition("/deep")[0] in f"{problem.what} {problem.why}".replace(
            "\\x00", "\0"
        )
        assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "ring"]

    play(story())


@pytest.mark.parametrize("named", ["../y", "../shop/../y", "./../y/."])
def test_a_directory_is_looked_for_from_where_the_caller_stands(named: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        stands = tmp_path / "shop"
        stands.mkdir()
        arguments = {"name": "new", "directory": named}
        made = (await invoke(CATALOGUE, "create_project", arguments, house.services, ADA, str(stands))).value
        assert made["path"] == str(tmp_path / "y") and (tmp_path / "y" / "kr8.toml").exists()

    play(story())


def test_what_is_refused_is_shown_as_it_was_resolved(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "file").write_text("mine")
        (tmp_path / "link").symlink_to(tmp_path / "full")
        for named in ("a/../full", "link", "link/../full"):
            problem = await house.refused("create_project", name="new", directory=str(tmp_path / named))
            assert problem.code == "directory_not_empty" and str(tmp_path / "full") in problem.what

    play(story())


def test_the_templates_of_the_project_where_the_caller_stands_are_listed_and_used(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        await house.call("check_project")
        house.templates.own[ROOT] = {"tea": {"kr8.toml": KR8_TOML}}
        listed = (await house.call("list_templates", AGENT))["templates"]
        assert [(each["name"], each["origin"]) for each in listed] == [("tea", "project"), ("web-service", "built-in")]
        made = await house.call("create_project", AGENT, name="new", directory=str(tmp_path / "new"), template="tea")
        assert made["template"] == "project"
        plain = await house.call("create_project", name="plain", directory=str(tmp_path / "plain"))
        assert plain["template"] == "built-in"
        away = (await invoke(CATALOGUE, "list_templates", {}, house.services, ADA, str(tmp_path))).value["templates"]
        assert [each["name"] for each in away] == ["web-service"]
        named = {"project": "shop"}
        away = (await invoke(CATALOGUE, "list_templates", named, house.services, ADA, str(tmp_path))).value["templates"]
        assert [each["name"] for each in away] == ["tea", "web-service"]

    play(story())


def test_git_is_not_asked_for_templates_where_no_folder_has_its_own(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        await house.call("list_templates", AGENT)
        assert not house.repositories.looked
        house.templates.own[ROOT] = {"tea": {"kr8.toml": KR8_TOML}}
        below = str(ROOT / "deep" / "er")
        await invoke(CATALOGUE, "list_templates", {}, house.services, ADA, below)
        assert house.repositories.looked

    play(story())


def test_a_template_that_makes_no_project_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.templates.files["bucket"] = {"main.tf": ""}
        problem = await house.refused("create_project", name="new", directory=str(tmp_path / "x"), template="bucket")
        assert (problem.code, problem.field, problem.outcome) == (
            "template_makes_no_project",
            "template",
            "not_started",
        )
        assert not (tmp_path / "x").exists()

    play(story())
