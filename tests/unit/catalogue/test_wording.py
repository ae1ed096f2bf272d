"""What is wrong with an argument, and what is allowed, in words and not in those of the library."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.house import ADA, AGENT, CATALOGUE, House
from tests.support.virtual import play

from kr8.catalogue.arguments import parse_arguments
from kr8.domain.problem import Problem, Refused

SCALE = {"environment": "staging", "service": "web"}
SINCE = {"deployment": "dep_1", "since": "yesterday"}


def problem(name: str, arguments: dict[str, Any]) -> Problem:
    with pytest.raises(Refused) as caught:
        parse_arguments(CATALOGUE.get(name, ADA).request, arguments)
    return caught.value.problem


@pytest.mark.parametrize(
    ("name", "arguments", "what", "mend"),
    [
        ("scale_deployment", {**SCALE, "instances": 0}, "instances must be 1 or more; it was 0.", "from 1 to 100"),
        ("scale_deployment", {**SCALE, "instances": "x"}, "instances must be a whole number; it was 'x'.", "1 to 100"),
        ("get_deployment", {"deployment": "d", "wait_s": 26}, "wait_s must be 25 or less; it was 26.", "from 0 to 25"),
        ("get_deployment", {"deployment": 3}, "deployment must be a text; it was 3.", ""),
        ("restart", {"environment": "e", "services": "web"}, "services must be a list; it was 'web'.", ""),
        ("list_templates", {"kind": "x"}, "kind must be 'project' or 'infrastructure'; it was 'x'.", ""),
        ("list_deployments", {"active": "perhaps"}, "active must be true or false; it was 'perhaps'.", ""),
        ("list_deployments", {"before": [1]}, "before must be a text; it was a list.", ""),
        ("create_project", {"name": "x", "values": {"a": 0.5}}, "values.a is not valid: it is a text, a whole", ""),
        ("create_project", {"name": "A"}, "name must be of the form: lower-case letters, digits and", ""),
        ("promote", {"reason": "x" * 3000}, "from_environment is missing.", "from_environment is a text"),
        ("get_deployment_logs", SINCE, "since is not valid: it is how long ago, such as 10m, 2h or 3d, or a time", ""),
    ],
)
def test_a_wrong_argument_is_told_in_words(name: str, arguments: dict[str, Any], what: str, mend: str) -> None:
    found = problem(name, arguments)
    assert what in found.what
    assert mend in found.mend and "Input should" not in f"{found}"


def test_the_other_mistakes_are_told_too() -> None:
    found = problem("scale_deployment", {"instances": 0})
    assert found.what == "environment is missing."
    assert found.why == "service is missing. instances must be 1 or more; it was 0."


@pytest.mark.parametrize("value", ["", "hunter2-" * 10_000, {"hunter2": 1}, ["hunter2"]])
def test_the_value_of_a_secret_is_not_shown(value: object) -> None:
    found = problem("set_secret", {"name": "TOKEN", "environment": "staging", "value": value})
    assert found.field == "value" and "hunter2" not in f"{found}" and "it was" not in found.what


def test_a_long_or_hostile_value_is_shown_short_and_on_one_line() -> None:
    found = problem("create_project", {"name": "\u202e\n\x1b[31m" + "x" * 10_000})
    assert found.what.isprintable() and len(found.what) < 300


def test_a_missing_environment_is_answered_with_those_of_the_project() -> None:
    async def story() -> None:
        house = House()
        first = await house.refused("create_deployment", AGENT)
        assert first.code == "missing_argument" and first.mend, "nothing is known of the project yet"
        house.commit()
        for caller in (AGENT, ADA):
            missing = await house.refused("create_deployment", caller)
            assert (missing.what, missing.mend) == ("environment is missing.", "One of: staging.")
        service = await house.refused("scale_deployment", environment="staging", instances=2)
        assert (service.what, service.mend) == ("service is missing.", "One of: web.")

    play(story())
