"""What jobs keep and fetch: each has a name of its own, whatever services and environments are called."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
from tests.support.pipelines import Values, shop, steps, workflow


def alike(**pipeline: object) -> Values:
    """Environments and services whose names, joined by a hyphen, are the same ones: eu-west-api, image-eu-api."""
    values = shop(**pipeline)
    on_ecs = {"target": "ecs", "account": "prod"}
    values["environments"] = {"eu": on_ecs, "eu-west": on_ecs, "terraform-eu": {}}
    values["services"] = {name: {"kind": "worker", "run": ["x"]} for name in ("api", "west-api", "image-eu-api")}
    values["infrastructure"]["terraform"] = {"pipeline": {"repository": "Ada/shop"}}
    return values


def given(values: Values, action: str, key: str) -> Iterator[str]:
    """What each run of such a step is given, once for each job of a matrix."""
    for job in workflow(values)["jobs"].values():
        matrix = job.get("strategy", {}).get("matrix", {})
        services = [each["service"] for each in matrix.get("include", [])] or matrix.get("service", [""])
        for step in job["steps"]:
            if action in step.get("uses", "") and key in step["with"]:
                yield from (step["with"][key].replace("${{ matrix.service }}", each) for each in services)


@pytest.mark.parametrize(
    ("action", "key", "code_scanning"),
    [("upload-artifact", "name", False), ("upload-artifact", "name", True), ("upload-sarif", "category", True)],
)
def test_no_two_jobs_keep_or_tell_something_by_the_same_name(action: str, key: str, code_scanning: bool) -> None:
    named = list(given(alike(code_scanning=code_scanning), action, key))
    assert len(named) > 6 and len(set(named)) == len(named), sorted(named)


def test_the_images_of_an_environment_are_fetched_without_those_of_another() -> None:
    kept = list(given(alike(), "upload-artifact", "name"))
    fetched = [name for name in kept if fnmatchcase(name, "images-eu_*")]
    assert fetched == ["images-eu_api", "images-eu_west-api", "images-eu_image-eu-api"]


def test_the_plans_of_a_pull_request_lie_beside_each_other() -> None:
    told = {job: step["run"] for job, step in steps(alike()) if "plans/" in step.get("run", "") and job != "comment"}
    files = [
        line.partition("plans/")[2].strip('"').replace("$ENVIRONMENT", environment)
        for job, environment in (("plan", "terraform-eu"), ("terraform-eu", "eu"))
        for line in told[job].splitlines()
        if line.startswith("plan=")
    ]
    assert len(files) == 2 and len(set(files)) == 2, files
