"""A deployment's id opens no other project: a call that says where it looks finds it there or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.house import AGENT, HEAD, ROOT, STAGING, WEB, House
from tests.support.virtual import play

OTHER = Path("/srv/other")
PRODUCTION = STAGING.replace("staging", "production").replace("8001", "8002")


async def two_projects() -> tuple[House, str, str]:
    """A deployment in each of two projects."""
    house = House(HEAD + WEB + STAGING + PRODUCTION)
    ours = await house.deploy()
    toml = house.toml.replace("prj_7k2m9q", "prj_other1").replace('"shop"', '"other"')
    house.repositories.put(OTHER, {"kr8.toml": toml.encode(), "app.py": b"theirs"})
    return house, ours.id, await house.begin(project=str(OTHER))


@pytest.mark.parametrize("project", ["shop", "prj_7k2m9q", str(ROOT)])
def test_another_projects_logs_are_not_shown_where_a_project_is_named(project: str) -> None:
    async def story() -> None:
        house, ours, theirs = await two_projects()
        for arguments in ({"deployment": theirs}, {"cursor": await cursor_of(house, theirs)}):
            problem = await house.refused("get_deployment_logs", AGENT, project=project, **arguments)
            assert (problem.code, problem.field) == ("unknown_deployment", "deployment")
            assert problem.what == f"shop has no deployment '{theirs}'."
        for right in ({"deployment": ours, "project": project}, {"deployment": theirs, "project": "other"}):
            assert (await house.call("get_deployment_logs", AGENT, **right))["deployment"] == right["deployment"]

    play(story())


async def cursor_of(house: House, deployment: str) -> str:
    return str((await house.call("get_deployment_logs", AGENT, deployment=deployment))["cursor"])


def test_another_environments_logs_are_not_shown_where_one_is_named() -> None:
    async def story() -> None:
        house, ours, _ = await two_projects()
        problem = await house.refused("get_deployment_logs", AGENT, deployment=ours, environment="production")
        assert (problem.code, problem.what) == ("unknown_deployment", f"production has no deployment '{ours}'.")
        assert (await house.call("get_deployment_logs", AGENT, deployment=ours, environment="staging"))["lines"]

    play(story())


def test_a_list_of_one_project_has_none_of_another_and_goes_on_behind_none_of_another() -> None:
    async def story() -> None:
        house, ours, theirs = await two_projects()
        listed = await house.call("list_deployments", AGENT, project="shop")
        assert [each["id"] for each in listed["deployments"]] == [ours]
        assert (await house.refused("list_deployments", AGENT, project="shop", before=theirs)).field == "before"

    play(story())


@pytest.mark.parametrize("operation", ["get_deployment", "cancel_deployment", "get_deployment_logs"])
def test_who_asks_for_an_id_that_is_none_is_told_of_no_deployment(operation: str) -> None:
    async def story() -> None:
        house, ours, theirs = await two_projects()
        problem = await house.refused(operation, AGENT, deployment=f"{theirs[:-1]}_")
        assert problem.code == "unknown_deployment" and "list_deployments" in problem.mend
        said = problem.model_dump_json().replace(f"{theirs[:-1]}_", "")
        assert ours not in said and theirs not in said

    play(story())


def test_a_plan_of_another_project_is_not_run_by_who_names_a_project() -> None:
    async def story() -> None:
        house, _, theirs = await two_projects()
        plan = (await house.ended(theirs)).plan
        assert plan is not None
        problem = await house.refused("deploy_project", AGENT, deployment=theirs, digest=plan.digest(), project="shop")
        assert problem.code == "conflicting_arguments"

    play(story())
