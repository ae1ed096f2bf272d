"""What the pipeline plans and deploys: the environments that kr8 reaches, and of the others no more than it can do."""

from __future__ import annotations

import pytest
from tests.support.pipelines import WORKFLOW, Values, project, shop, workflow

from kr8.domain.problem import Refused
from kr8.generators.github import generate


def test_an_environment_is_deployed_after_the_checks_and_after_the_one_whose_builds_it_takes() -> None:
    jobs = workflow(shop())["jobs"]
    assert [name for name in jobs if name.startswith("deploy-")] == ["deploy-staging", "deploy-live"]
    checks = ["service-web", "service-mail", "scan", "validate"]
    assert jobs["newer-staging"]["needs"] == checks
    assert jobs["newer-live"]["needs"] == [*checks, "deploy-staging"]
    for name, machine in (("staging", "linux"), ("live", "shop-live")):
        job, newer = jobs[f"deploy-{name}"], jobs[f"newer-{name}"]
        assert job["runs-on"] == newer["runs-on"] == ["self-hosted", machine]
        assert job["environment"] == name and "environment" not in newer, "nobody is asked where nothing is deployed"
        assert "refs/heads/main" in newer["if"] and "pull_request" in newer["if"]
        for each in (job, newer):
            assert each["steps"][0]["with"]["fetch-depth"] == 0, "what serves is compared with the commit"
        assert job["concurrency"] == {"group": f"kr8-deploy-{name}", "cancel-in-progress": False}


def test_a_deployment_is_left_out_where_something_newer_serves_and_so_is_what_follows_it() -> None:
    jobs = workflow(shop())["jobs"]
    for name in ("staging", "live"):
        assert jobs[f"newer-{name}"]["outputs"] == {"superseded": "${{ steps.newer.outputs.superseded }}"}
        assert jobs[f"deploy-{name}"]["needs"] == [f"newer-{name}"]
        assert jobs[f"deploy-{name}"]["if"] == f"needs.newer-{name}.outputs.superseded != 'true'"
    for name in ("newer-live", "deploy-live"):
        assert "()" not in jobs[name]["if"], "GitHub leaves out what needs a job that it has left out, but for these"


def test_environments_that_are_not_deployed_are_named() -> None:
    (text,) = [file.text for file in generate(project(shop())) if file.path == WORKFLOW]
    assert "no machine: development." in text.partition("\n\n")[0]
    values = shop()
    values["environments"] = {"development": {}}
    (alone,) = [file for file in generate(project(values)) if file.path == WORKFLOW]
    assert "nothing is deployed" in alone.text.partition("\n\n")[0]


def planned(jobs: Values) -> list[str]:
    """The environments that kr8 plans."""
    return [step["env"]["ENVIRONMENT"] for step in jobs["plan"]["steps"] if "ENVIRONMENT" in step.get("env", {})]


def test_a_pull_request_is_planned_for_environments_that_make_builds_of_their_own() -> None:
    jobs = workflow(shop())["jobs"]
    assert planned(jobs) == ["development", "staging"]
    assert jobs["comment"]["needs"] == ["plan", "terraform-production"]


@pytest.mark.parametrize("target", ["ecs", "kubernetes", "hosts"])
def test_what_kr8_does_not_reach_yet_is_neither_planned_nor_deployed_and_that_is_told(target: str) -> None:
    values = shop()
    values["environments"]["staging"]["target"] = target
    del values["environments"]["live"]["builds_from"]
    jobs = workflow(values)["jobs"]
    assert planned(jobs) == ["live", "development"] and "deploy-staging" not in jobs
    assert jobs["newer-live"]["needs"] == ["service-web", "service-mail", "scan", "validate"]
    (text,) = [file.text for file in generate(project(values)) if file.path == WORKFLOW]
    (told,) = [line for line in text.splitlines() if f"kr8 does not reach {target} yet: " in line]
    assert told.removesuffix(".").rpartition(" ")[2] == "staging"


def test_without_anything_to_plan_there_is_neither_a_plan_nor_a_comment() -> None:
    values = shop()
    values["environments"] = {"production": values["environments"]["production"] | {"builds_from": None}}
    assert {"plan", "comment", "terraform-production"} & set(workflow(values)["jobs"]) == {
        "comment",
        "terraform-production",
    }
    assert workflow(values)["jobs"]["comment"]["needs"] == ["terraform-production"]
    del values["environments"]["production"]["infrastructure"]
    assert not {"plan", "comment"} & set(workflow(values)["jobs"])


@pytest.mark.parametrize("staging", [{"infrastructure": {}}, {"target": "ecs"}], ids=["no machine", "out of reach"])
def test_what_takes_builds_of_an_environment_that_the_pipeline_does_not_deploy_is_refused(staging: Values) -> None:
    values = shop()
    values["environments"]["staging"] |= staging
    with pytest.raises(Refused) as caught:
        workflow(values)
    problem = caught.value.problem
    assert (problem.code, problem.field) == (
        "infrastructure_parameter",
        "environments.live.infrastructure.pipeline.machine",
    )
    assert "[environments.staging.infrastructure.pipeline]" in problem.mend
