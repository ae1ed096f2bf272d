"""Which project a command means: the one of the repository it is given in, never another."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.house import ADA, CATALOGUE, House
from tests.support.virtual import play

from kr8.catalogue.invoke import invoke
from kr8.domain.problem import Problem, Refused

OTHER = Path("/somewhere/else")


async def standing(house: House, directory: Path, name: str) -> Problem:
    """The problem of an operation that is asked for in a folder, of no named project."""
    with pytest.raises(Refused) as refused:
        await invoke(CATALOGUE, name, {"environment": "staging"}, house.services, ADA, str(directory))
    return refused.value.problem


@pytest.mark.parametrize("name", ["deploy_project", "rollback_deployment", "get_environment"])
def test_in_a_repository_without_a_committed_kr8_toml_the_only_project_is_not_meant(name: str) -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        house.repositories.put(OTHER, {"README.md": b"another repository"})
        problem = await standing(house, OTHER, name)
        assert problem.code == "no_project_file"
        assert str(OTHER) in problem.what and "Commit kr8.toml" in problem.mend and "shop" in problem.mend

    play(story())


def test_outside_of_any_repository_the_only_project_is_meant() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        shown = (await invoke(CATALOGUE, "get_environment", {"environment": "staging"}, house.services, ADA, "/")).value
        assert shown["environment"] == "staging"

    play(story())


@pytest.mark.parametrize("name", ["generate_kubernetes", "compare_environments"])
def test_what_reads_kr8_toml_as_it_lies_there_needs_no_commit(tmp_path: Path, name: str) -> None:
    async def story() -> None:
        house = House()
        house.repositories.snapshots[tmp_path] = []
        bare = await house.refused(name, project=str(tmp_path))
        assert (bare.code, bare.what) == ("no_project_file", f"{tmp_path} has no kr8.toml.")
        (tmp_path / "kr8.toml").write_text(house.toml)
        assert await house.call(name, project=str(tmp_path))

    play(story())


def test_where_nothing_is_committed_a_deployment_lacks_a_committed_kr8_toml(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.repositories.snapshots[tmp_path] = []
        problem = await house.refused("deploy_project", project=str(tmp_path), environment="staging")
        assert problem.code == "no_project_file" and "Commit kr8.toml" in problem.mend

    play(story())


@pytest.mark.parametrize("name", ["validate_infrastructure", "fix_infrastructure", "generate_kubernetes"])
def test_what_needs_a_repository_and_no_project_says_so_outside_of_one(tmp_path: Path, name: str) -> None:
    async def story() -> None:
        house = House()
        problem = await house.refused(name, project=str(tmp_path))
        assert (problem.code, problem.field) == ("no_repository", "project")
        assert "git init" in problem.mend and "none yet" not in problem.mend

    play(story())
