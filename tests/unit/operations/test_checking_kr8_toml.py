"""`kr8 check` reads what is being written, and says whether a deployment would take it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.house import ADA, CATALOGUE, HEAD, ROOT, STAGING, WEB, House
from tests.support.virtual import play

from kr8.catalogue.invoke import invoke
from kr8.domain.deployment import State

FILE = (ROOT, "kr8.toml")
BROKEN = (HEAD + WEB + STAGING).replace("bake =", "bakke =").encode()


def rules(checked: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in checked["findings"]]


def test_what_is_committed_as_it_lies_there_has_no_findings_and_is_known_from_then_on() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        assert (await house.call("check_project"))["findings"] == []
        assert [each.name for each in await house.outside.projects.all()] == ["shop"]

    play(story())


def test_a_broken_file_that_is_not_committed_is_refused_with_its_place() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        house.repositories.lying[FILE] = BROKEN
        problem = await house.refused("check_project")
        assert problem.code == "invalid_project_file" and "Did you mean 'bake'" in problem.mend
        assert problem.place is not None and problem.place.startswith("kr8.toml:")

    play(story())


def test_a_good_file_that_is_not_committed_is_checked_and_said_not_to_be() -> None:
    async def story() -> None:
        house = House()
        house.commit(BROKEN.decode())
        new = '[environments.new]\nlisten = { web = "127.0.0.1:8002" }\n'
        house.repositories.lying[FILE] = (HEAD + WEB + STAGING + new).encode()
        checked = await house.call("check_project")
        assert checked["environments"] == ["staging", "new"]
        (finding,) = checked["findings"]
        assert finding["rule"] == "not_committed" and "takes what is committed" in finding["why"]
        assert await house.outside.projects.all() == (), "what is not committed counts nowhere"

    play(story())


def test_a_file_that_was_never_committed_is_checked_with_a_commit_and_without_one() -> None:
    async def story() -> None:
        house = House()
        for others in ([], [{"README.md": b"mine"}]):
            house.repositories.snapshots[ROOT] = []
            for files in others:
                house.repositories.put(ROOT, files)
            house.repositories.lying[FILE] = (HEAD + WEB + STAGING).encode()
            checked = await house.call("check_project")
            assert rules(checked) == ["not_committed"]
            assert checked["findings"][0]["what"].startswith("kr8.toml is not committed")

    play(story())


def test_no_file_is_refused_with_what_to_do() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        house.repositories.lying[FILE] = None
        gone = await house.refused("check_project")
        assert gone.code == "no_project_file" and "git restore kr8.toml" in gone.mend
        house.repositories.put(ROOT, {"README.md": b"mine"})
        never = await house.refused("check_project")
        assert never.code == "no_project_file" and "kr8 new" in never.mend

    play(story())


def test_a_project_is_checked_by_its_name_from_anywhere() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        await house.call("check_project")
        house.repositories.lying[FILE] = (HEAD + WEB + STAGING).replace("2s", "3s").encode()
        for arguments in ({"project": "shop"}, {"project": str(ROOT)}, {}):
            checked = (await invoke(CATALOGUE, "check_project", arguments, house.services, ADA, "/")).value
            assert rules(checked) == ["not_committed"] and checked["path"] == str(ROOT)
        house.repositories.snapshots.clear()
        assert (await house.refused("check_project", project="shop")).code == "checkout_gone"

    play(story())


@pytest.mark.parametrize(("target", "places"), [("local", ["environments.development.listen.web"]), ("hosts", [])])
def test_environments_of_one_machine_that_listen_at_one_address_are_a_finding(target: str, places: list[str]) -> None:
    async def story() -> None:
        listen = 'listen = { web = "127.0.0.1:8001" }\n'
        house = House(HEAD, WEB, STAGING, f'[environments.development]\ntarget = "{target}"\n{listen}')
        house.commit()
        found = [each for each in (await house.call("check_project"))["findings"] if each["rule"] == "address_twice"]
        assert [each["place"] for each in found] == places
        for each in found:
            assert "127.0.0.1:8001" in each["what"] and "staging" in each["what"] and each["mend"]

    play(story())


def test_an_environment_that_nothing_deploys_to_is_a_finding(tmp_path: Path) -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, '[environments.production]\ntarget = "ecs"\n')
        house.commit()
        (finding,) = (await house.call("check_project"))["findings"]
        assert finding["rule"] == "target_not_available" and "production" in finding["what"]

    play(story())


@pytest.mark.parametrize(
    ("before", "after", "rule", "severity"),
    [
        ('monitoring = { metrics = "/metrics" }', "", "monitoring_missing", "critical"),
        ('listen = { web = "127.0.0.1:8001" }', "", "address_missing", "critical"),
        ('["serve", "{port}"]', '["serve"]', "port_not_given", "medium"),
        ("[services.web]", '[services.web]\npath = "nope/web"', "folder_missing", "critical"),
    ],
)
def test_what_a_deployment_would_refuse_or_warn_of_is_a_finding_before_it_is_tried(
    before: str, after: str, rule: str, severity: str
) -> None:
    async def story() -> None:
        house = House((HEAD + WEB + STAGING).replace(before, after))
        house.commit()
        checked = await house.call("check_project")
        (finding,) = checked["findings"]
        assert (finding["rule"], finding["severity"]) == (rule, severity)
        assert finding["what"] and finding["mend"] and finding["place"]
        assert ("refuses a deployment" in checked["next_step"]) is checked["refused"] is (severity == "critical")
        begun = await house.begin("create_deployment", environment="staging")
        planned = await house.until(begun, lambda each: each.state is not State.PLANNING)
        assert planned.state is (State.FAILED if severity == "critical" else State.PLANNED)

    play(story())


@pytest.mark.parametrize("path", ["api", "api/", "./api", "api/web", "."])
def test_a_services_folder_that_is_there_is_none(path: str) -> None:
    async def story() -> None:
        house = House((HEAD + WEB + STAGING).replace("[services.web]", f'[services.web]\npath = "{path}"'))
        house.commit(None, **{"api/web/main.py": ""})
        assert (await house.call("check_project"))["findings"] == []

    play(story())


@pytest.mark.parametrize(
    ("locks", "is_found"),
    [
        (["requirements.txt", "other.txt"], True),
        (["app.py", "go.sum"], False),  # one that the first dependency makes
        (["api/*.lock"], False),
        (["./app.py"], False),
    ],
)
def test_locks_that_the_pipeline_keeps_downloads_by_are_there_or_a_finding(locks: list[str], is_found: bool) -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, f"[infrastructure.pipeline.services.web]\nlocks = {locks}\n")
        house.commit()
        found = (await house.call("check_project"))["findings"]
        assert [(each["rule"], each["severity"]) for each in found] == [("lock_missing", "low")] * is_found
        for each in found:
            assert each["place"] == "infrastructure.pipeline.services.web.locks" and "requirements.txt" in each["what"]

    play(story())
