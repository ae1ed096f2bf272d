"""A template of the kind infrastructure adds its files to a project, and can be brought up to date later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fakes.templates import KR8_TOML
from tests.support.house import AGENT, House
from tests.support.virtual import play

CACHE = {"infra/cache/main.tf": "# The cache of {{ name }}.\n", "infra/cache/notes.md": "Why.\n"}


def house_with(**files: str) -> House:
    """A house with the template `cache`."""
    house = House()
    house.templates.files["cache"] = files or CACHE
    house.templates.infrastructure = frozenset({"cache"})
    return house


async def project(house: House, tmp_path: Path) -> Path:
    """A project that is there."""
    made = await house.call("create_project", AGENT, name="tea", directory=str(tmp_path / "tea"))
    return Path(made["path"])


async def added(house: House, path: Path, **more: Any) -> dict[str, Any]:
    return await house.call(
        "create_project", AGENT, **{"name": "tea", "directory": str(path), "template": "cache", **more}
    )


def test_its_files_come_beside_what_is_there_and_nothing_is_committed(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with()
        path = await project(house, tmp_path)
        (path / "infra/cache").mkdir(parents=True)
        (path / "infra/cache/notes.md").write_text("Mine.\n")
        answer = await added(house, path)
        assert answer["written"] == [".kr8/added/cache.toml", "infra/cache/main.tf"]
        assert answer["untrusted_left"] == ["infra/cache/notes.md"] and answer.get("commit") is None
        assert "left as they were: 1 of its files" in answer["next_step"], "a template's words are no instruction"
        assert (path / "infra/cache/main.tf").read_text() == "# The cache of tea.\n"
        assert (path / "infra/cache/notes.md").read_text() == "Mine.\n"

    play(story())


def test_it_is_brought_up_to_date_apart_from_the_projects_own_template(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with()
        path = await project(house, tmp_path)
        await added(house, path)
        again = await house.refused("create_project", AGENT, name="tea", directory=str(path), template="cache")
        assert (again.code, again.field) == ("template_added", "template") and "template update cache" in again.mend
        house.templates.version = "1.1.0"
        house.templates.files["cache"] = CACHE | {"infra/cache/main.tf": "# Newer, of {{ name }}.\n"}
        answer = await house.call("update_project", AGENT, project=str(path), template="cache")
        became = {each["path"]: each["written"] for each in answer["files"]}
        assert became == {".kr8/added/cache.toml": "updated", "infra/cache/main.tf": "updated"}
        assert (answer["template"], answer["before"], answer["version"]) == ("cache", "1.0.0", "1.1.0")
        assert (path / "infra/cache/main.tf").read_text() == "# Newer, of tea.\n"
        assert 'version = "1.0.0"' in (path / ".kr8/template.toml").read_text()

    play(story())


def test_what_was_not_added_cannot_be_brought_up_to_date(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with()
        path = await project(house, tmp_path)
        problem = await house.refused("update_project", AGENT, project=str(path), template="cache")
        assert problem.code == "not_from_template" and ".kr8/added/cache.toml" in problem.why

    play(story())


def test_there_has_to_be_a_project_and_the_one_that_is_named(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with()
        nowhere = await house.refused("create_project", name="tea", directory=str(tmp_path / "new"), template="cache")
        assert (nowhere.code, nowhere.field) == ("not_a_project", "directory") and not (tmp_path / "new").exists()
        path = await project(house, tmp_path)
        other = await house.refused("create_project", name="coffee", directory=str(path), template="cache")
        assert (other.code, other.field) == ("another_project", "name") and "'tea'" in other.mend
        assert not (path / "infra").exists()

    play(story())


def test_it_may_not_say_what_runs(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with(**{"kr8.toml": KR8_TOML})
        path = await project(house, tmp_path)
        before = (path / "kr8.toml").read_text()
        problem = await house.refused("create_project", name="tea", directory=str(path), template="cache")
        assert problem.code == "template_makes_project"
        assert (path / "kr8.toml").read_text() == before

    play(story())


def test_who_calls_from_afar_adds_no_programs(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with(git="#!/bin/sh\n")
        place = tmp_path / "home" / "bin"
        house.repositories.put(place, {"README.md": b"mine"})
        place.mkdir(parents=True)
        await house.call("create_project", AGENT, name="tea", directory=str(place))
        refused = await house.refused("create_project", AGENT, name="tea", directory=str(place), template="cache")
        assert refused.code == "directory_for_people" and not (place / "git").exists()

    play(story())


def test_a_template_that_becomes_of_another_kind_changes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with()
        path = await project(house, tmp_path)
        await added(house, path)
        before = (path / "kr8.toml").read_text()
        house.templates.version = "2.0.0"
        house.templates.infrastructure = frozenset({"web-service"})
        house.templates.files["web-service"] = {"main.tf": ""}
        house.templates.files["cache"] = {"kr8.toml": KR8_TOML + "# evil\n"}
        for template in (None, "cache"):
            problem = await house.refused("update_project", AGENT, project=str(path), template=template, force=True)
            assert problem.code == "template_of_another_kind", template
        assert (path / "kr8.toml").read_text() == before

    play(story())


def test_a_record_of_another_template_is_not_taken(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with()
        path = await project(house, tmp_path)
        await added(house, path)
        (path / ".kr8/added/other.toml").write_text((path / ".kr8/added/cache.toml").read_text())
        problem = await house.refused("update_project", AGENT, project=str(path), template="other")
        assert problem.code == "template_record_unreadable" and "of the template cache" in str(problem.output)

    play(story())


def test_one_whose_record_is_lost_in_part_is_not_added_again(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with()
        path = await project(house, tmp_path)
        await added(house, path)
        (path / ".kr8/added/cache.toml").unlink()
        house.templates.files["cache"] = {"infra/cache/main.tf": "# Newer.\n"}
        problem = await house.refused("create_project", AGENT, name="tea", directory=str(path), template="cache")
        assert problem.code == "template_added" and "bring it back" in problem.mend
        assert (path / "infra/cache/main.tf").read_text() == "# The cache of tea.\n"

    play(story())


def test_a_description_is_not_lost_in_silence(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with()
        path = await project(house, tmp_path)
        arguments = {"name": "tea", "directory": str(path), "template": "cache", "description": "Ours."}
        problem = await house.refused("create_project", AGENT, **arguments)
        assert (problem.code, problem.field) == ("invalid_argument", "description")

    play(story())


def test_it_cannot_make_the_records_by_which_kr8_knows_what_people_have_changed(tmp_path: Path) -> None:
    async def story() -> None:
        house = house_with(**{**CACHE, ".kr8/generated/terraform": "forged"})
        path = await project(house, tmp_path)
        before = {each.name for each in path.rglob("*")}
        problem = await house.refused("create_project", AGENT, name="tea", directory=str(path), template="cache")
        assert (problem.code, problem.outcome) == ("template_makes_records", "not_started")
        assert {each.name for each in path.rglob("*")} == before

    play(story())
