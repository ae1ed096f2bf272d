"""What an agent reads of an answer: two thousand tokens, where it did not ask for more; and never without end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.types import CallToolResult, TextContent
from tests.support.crowd import DEPLOYMENTS, ENVIRONMENTS, LINES, LONG, SERVICES, crowded, talk
from tests.support.house import AGENT, CATALOGUE, ROOT, House
from tests.support.virtual import VirtualLoop

from kr8.catalogue.invoke import invoke
from kr8.catalogue.once import Answered
from kr8.domain.finding import Finding, Severity
from kr8.domain.problem import Refused, refuse
from kr8.surfaces.mcp.answers import answer_of, refusal_of
from kr8.surfaces.mcp.fitting import DEFAULT, LEFT_OUT, MORE, fitted, room_of

TOKENS = 2000
CHARACTERS_A_TOKEN = 4
PROTOCOLS = ("2025-03-26", "2026-07-28")
CALLS: dict[str, dict[str, Any]] = {
    "create_deployment": {"environment": "staging", "wait_s": 25},
    "deploy_project": {"environment": "staging", "wait_s": 25},
    "get_deployment": {"deployment": "dep_zz0000"},
    "get_deployment_logs": {"environment": "staging"},
    "list_deployments": {},
    "cancel_deployment": {"deployment": "dep_zz0008", "wait_s": 1},
    "rollback_deployment": {"environment": "staging", "wait_s": 25},
    "scale_deployment": {"environment": "staging", "service": SERVICES[0], "instances": 9, "wait_s": 25},
    "create_project": {"name": "new", "template": "many"},
    "list_templates": {},
    "update_project": {"project": "grown"},
    "create_template": {"name": "mine"},
    "generate_terraform": {},
    "generate_kubernetes": {},
    "generate_ansible": {},
    "generate_pipeline": {},
    "fix_infrastructure": {"wait_s": 25},
    "validate_infrastructure": {"wait_s": 25},
}


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        yield runner


@pytest.fixture(scope="module")
def house(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> House:
    house = runner.run(crowded())
    files = {"kr8.toml": house.toml.replace("prj_7k2m9q", "{{ id }}").replace('"shop"', '"{{ name }}"')}
    many = {f"a-folder/with-a-long-name/file-{number:03}.py": "" for number in range(300)}
    house.templates.files["many"] = files | many
    house.templates.files |= {f"template-with-a-long-name-{number:02}": {} for number in range(100)}
    grown = str(tmp_path_factory.mktemp("grown") / "it")
    runner.run(house.call("create_project", name="grown", directory=grown, template="many"))
    house.templates.files["many"] |= dict.fromkeys(many, "another\n")
    house.templates.version = "1.1.0"
    return house


async def called(house: House, name: str, protocol: str, arguments: dict[str, Any]) -> CallToolResult:
    return (await answers(house, name, arguments))[protocol]


async def answers(house: House, name: str, arguments: dict[str, Any]) -> dict[str, CallToolResult]:
    """What one call is answered with, by protocol."""
    await house.engine.now.start()
    try:
        answered = await invoke(CATALOGUE, name, arguments, house.services, AGENT, str(ROOT))
    except Refused as refused:  # names as long as here are more than AWS takes
        assert name == "generate_terraform"
        return {each: refusal_of(refused.problem, each) for each in PROTOCOLS}
    return {each: answer_of(answered, each, room_of(arguments)) for each in PROTOCOLS}


def tokens(result: CallToolResult, protocol: str) -> float:
    """What a model reads of a result, estimated: a client of an old protocol sees its text alone."""
    said = "".join(each.text for each in result.content if isinstance(each, TextContent))
    structure = json.dumps(result.structured_content, ensure_ascii=False) if protocol == PROTOCOLS[1] else ""
    return len(said + structure) / CHARACTERS_A_TOKEN


def test_these_are_all_tools() -> None:
    assert set(CALLS) == {each.name for each in CATALOGUE.for_agents()}
    assert len(SERVICES) == 50 and len(ENVIRONMENTS) == 100 and DEPLOYMENTS == 500


@pytest.mark.parametrize("name", CALLS)
def test_what_a_tool_answers_by_itself_fits_two_thousand_tokens(
    runner: asyncio.Runner, house: House, tmp_path: Path, name: str
) -> None:
    arguments = CALLS[name]
    if name == "create_project":
        arguments = {**arguments, "directory": str(tmp_path / "new")}
    for protocol, result in runner.run(answers(house, name, arguments)).items():
        assert tokens(result, protocol) <= TOKENS, protocol


@pytest.mark.parametrize("number", range(11))
def test_a_deployment_fits_in_whichever_state_it_is(runner: asyncio.Runner, house: House, number: int) -> None:
    arguments = {"deployment": f"dep_zz{number:04}"}
    assert tokens(runner.run(called(house, "get_deployment", PROTOCOLS[1], arguments)), PROTOCOLS[1]) <= TOKENS


@pytest.mark.parametrize("arguments", [{}, {"limit": 50}])
def test_the_text_of_many_findings_names_the_first_of_them(runner: asyncio.Runner, arguments: dict[str, Any]) -> None:
    async def story() -> CallToolResult:
        house = House()
        house.commit()
        house.checkers[0].findings = tuple(
            Finding(
                rule=f"checkov/CKV_AWS_{number}",
                severity=Severity.HIGH,
                what="The bucket is open to the whole of the internet.",
                why="Everybody may read what lies in it. " * 9,
                mend="Close it, or say why it must be open.",
                place=f"infra/terraform/environments/production/main-{number}.tf:{number}",
                link="https://example.com/policies/aws",
            )
            for number in range(200)
        )
        return await called(house, "validate_infrastructure", PROTOCOLS[1], {"wait_s": 25, **arguments})

    result = runner.run(story())
    shown: Any = result.structured_content
    first = result.content[0]
    assert tokens(result, PROTOCOLS[1]) <= (10 if arguments else 1) * TOKENS and isinstance(first, TextContent)
    assert f"counts.high={shown['counts']['high']}" in first.text and shown["next_step"] in first.text
    named = [each["rule"] for each in shown["findings"] if f"{each['untrusted_place']} {each['what']}" in first.text]
    assert named and named == [each["rule"] for each in shown["findings"][: len(named)]]


def test_who_asks_for_detail_gets_more_and_not_without_end(runner: asyncio.Runner, house: House) -> None:
    arguments = {"deployment": "dep_zz0000", "detail": True}
    result = runner.run(called(house, "get_deployment", PROTOCOLS[1], arguments))
    assert TOKENS < tokens(result, PROTOCOLS[1]) <= 10 * TOKENS


def test_what_is_left_out_is_counted_and_the_rest_can_be_asked_for(runner: asyncio.Runner, house: House) -> None:
    arguments = {"deployment": "dep_zz0000"}
    result = runner.run(called(house, "get_deployment", PROTOCOLS[1], arguments))
    shown: Any = result.structured_content
    left = shown["left_out"]
    assert left["stages"] + len(shown["stages"]) == 3 * len(SERVICES)
    assert left["findings"] + len(shown["findings"]) == 200
    assert left["problem.output"] + len(shown["problem"]["output"]) == 10
    assert shown["problem"]["output"][-1].startswith("11 "), "of what a program printed the last lines count"
    assert shown["problem"]["output"][-1].endswith("characters more")
    assert shown["digest"] and shown["next_step"].endswith(".")
    assert isinstance(said := result.content[-1], TextContent) and "detail=true" in said.text
    more: Any = runner.run(called(house, "get_deployment", PROTOCOLS[1], arguments | {"detail": True}))
    assert len(more.structured_content["stages"]) > 2 * len(shown["stages"])


def test_pages_are_as_long_as_was_asked_for_so_that_their_cursors_miss_nothing(
    runner: asyncio.Runner, house: House
) -> None:
    async def pages(name: str, **arguments: Any) -> Any:
        return (await called(house, name, PROTOCOLS[1], arguments)).structured_content

    listed = runner.run(pages("list_deployments", limit=100))
    assert len(listed["deployments"]) == 100 and listed["next"]
    runner.run(talk(house))
    lines = runner.run(pages("get_deployment_logs", environment="staging", limit=30))
    assert len(lines["lines"]) == 30 and lines["earlier"]


def test_a_refusal_fits_too() -> None:
    problem = refuse("build_failed", LONG, why=LONG * 100, mend=LONG, output=LINES).problem
    for protocol in PROTOCOLS:
        result = refusal_of(problem, protocol)
        assert tokens(result, protocol) <= TOKENS
        shown: Any = json.loads(json.dumps(result.structured_content))["problem"]
        assert shown["code"] == "build_failed" and shown["output"][-1].startswith("11 ")


def test_no_answer_has_a_field_of_its_own_by_the_name_of_what_was_left_out_of_it() -> None:
    assert [each.name for each in CATALOGUE.for_agents() if LEFT_OUT in each.response.model_fields] == []


def test_what_fits_stays_as_it_is() -> None:
    value = {"id": "x", "lines": ["é" * 1000] * 5, "problem": None}
    assert fitted(value, DEFAULT) == (value, False)
    assert answer_of(Answered(value), PROTOCOLS[1], DEFAULT).structured_content == value


def test_who_asks_for_detail_or_for_a_number_gets_more() -> None:
    assert (room_of({}), room_of({"detail": False}), room_of(None)) == (DEFAULT, DEFAULT, DEFAULT)
    assert (room_of({"detail": True}), room_of({"limit": 3})) == (MORE, MORE)


TEXTS = st.builds(str.__mul__, st.text(max_size=9), st.integers(0, 900))
VALUES = st.recursive(
    st.none() | st.integers(0, 10**9) | TEXTS,
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.sampled_from("abcdef"), inner, max_size=6),
    max_leaves=30,
)


@settings(deadline=None, max_examples=25)
@given(st.dictionaries(st.sampled_from("ghijk"), VALUES, max_size=5), st.integers(1, 60))
def test_anything_can_be_made_to_fit_and_keeps_its_form(value: dict[str, Any], times: int) -> None:
    grown = {name: each * times if isinstance(each, list) else each for name, each in value.items()}
    shown, is_short = fitted(grown, DEFAULT)
    assert is_short is (shown != grown)
    assert set(shown) - {"left_out"} == set(grown)
    assert all(type(shown[name]) is type(each) for name, each in grown.items())


def test_paths_are_never_cut(tmp_path: Path) -> None:
    path = str(tmp_path / ("deep/" * 40))
    shown, _ = fitted({"path": path, "next_step": f"cd {path}", "text": "x" * 99_999}, DEFAULT)
    assert (shown["path"], shown["next_step"]) == (path, f"cd {path}")
