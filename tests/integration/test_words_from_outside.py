"""Whatever a project, its services and its commits say: none of it stands in what kr8 says itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.payloads import PAYLOADS, all_texts, has_payload, trusted, untrusted
from tests.support.scene import Scene, rolling, web

TALKER = Path(__file__).parents[1] / "support" / "talker"
CATALOGUE = Path(__file__).parents[2] / "src" / "kr8" / "surfaces" / "cli" / "catalogue.json"
HEALTH = {"path": "/healthz", "ready_limit": "2s", "version_header": "X-App-Version"}
GUESS = 'password = "not-so-secret-at-all"\n'
"""What the scan takes for a secret, without being sure."""
KEY = "AKIA" + "QYLPMN5HHHFPZAM2"
"""What it is sure of."""
FAILURES = ("sick", "wrong", "late", "exit", "before", "build", "key")


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        declare(scene)
        scene.start_project()
        for name in ("app.py", "say.py"):
            (scene.project / name).write_bytes((TALKER / name).read_bytes())
        (scene.project / "payloads.txt").write_text("\n".join([*PAYLOADS, ""]))
        scene.git("checkout", "--quiet", "-b", PAYLOADS[0].replace(" ", "-").replace(":", ""))
        yield scene


def declare(scene: Scene, before: int = 0, build: int = 0, **project: str) -> None:
    """A service whose every word is a payload; `before`, `build`: the exit codes of its commands."""
    service = web(
        health=HEALTH,
        build=f"python3 say.py {build} # {PAYLOADS[1]}",
        before={"run": ["python3", "say.py", str(before), PAYLOADS[2]], "reversible": True},
        env={f"WORD_{number}": payload for number, payload in enumerate(PAYLOADS)},
    )
    environments = {
        "development": {"strategy": rolling("1s"), "listen": {"web": scene.at(0)}},
        "elsewhere": {"strategy": rolling("1s"), "env": {"WORD": PAYLOADS[6]}},
    }
    scene.write_toml({"web": service}, environments, {"description": " ".join(PAYLOADS), **project})


def commit(scene: Scene, number: int, files: Mapping[str, str]) -> None:
    """Commit under a subject, and with files, that are named by payloads."""
    named = PAYLOADS[number * 25 : number * 25 + 25]
    scene.commit({**files, **{named_by(each): GUESS for each in named}})
    scene.git("commit", "--quiet", "--amend", "--message", " ".join(named))


def named_by(payload: str) -> str:
    """A file that is named by a payload."""
    return f"files/{payload.replace('/', '|')}"


@pytest.fixture(scope="module")
def deployments(shop: Scene) -> dict[str, dict[str, Any]]:
    """One deployment that succeeds, and one that fails in each way."""
    found: dict[str, dict[str, Any]] = {}
    for number, mode in enumerate(("ok", *FAILURES)):
        declare(shop, before=4 * (mode == "before"), build=5 * (mode == "build"))
        files = {named_by(PAYLOADS[0]): f"key = {KEY}\n"} if mode == "key" else {}
        commit(shop, number, {"behaviour.json": json.dumps({"mode": mode}), **files})
        state = {"ok": "succeeded", "build": "failed", "key": "failed"}.get(mode, "rolled_back")
        found[mode] = shop.deploy(state=state, reason=" ".join(PAYLOADS)[:2000])
    shop.cli("new", "other", "--description", " ".join(PAYLOADS)[:2000], where=shop.directory)
    return found


@pytest.fixture(scope="module")
def template(shop: Scene) -> str:
    """A template of the project's own that says payloads."""
    text = f'name = "mine"\nversion = "1.0.0"\nkind = "project"\ndescription = {json.dumps(PAYLOADS[3][:300])}\n'
    place = shop.project / ".kr8" / "templates" / "mine"
    place.mkdir(parents=True)
    (place / "template.toml").write_text(text)
    return text


def questions(found: Mapping[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What is asked of each operation that only reads."""
    each = [{"deployment": one["id"]} for one in found.values()]
    development = [{"environment": "development"}]
    return {
        "check_project": [{}],
        "compare_environments": [{}],
        "doctor": [{}],
        "get_address": development,
        "get_approval_text": each[:1],
        "get_deployment": [*each, *({**one, "detail": True} for one in each)],
        "get_deployment_logs": [
            *each,
            *({**one, "source": source, "limit": 500} for one in each for source in ("stages", "services")),
            *({**one, "level": "error"} for one in each),
        ],
        "get_environment": development,
        "get_history": development,
        "get_status": [{}],
        "get_template": [{"name": "mine"}],
        "list_approvers": [{}],
        "list_audit": [{"limit": 1000}],
        "list_deployments": [{"limit": 100}],
        "list_rules": [{}],
        "list_tools": [{}],
        "list_secrets": [{}],
        "list_templates": [{}, {"detail": True}],
        "validate_infrastructure": [{}, {"detail": True}],
        "verify_audit": [{}],
    }


def commands() -> dict[str, dict[str, Any]]:
    """The operations that only read, as the command line knows them."""
    known: list[dict[str, Any]] = json.loads(CATALOGUE.read_text())["operations"]
    return {each["name"]: each for each in known if each["effect"] == "read"}


def words(operation: Mapping[str, Any], arguments: Mapping[str, Any]) -> list[str]:
    """The command line of a call."""
    named = {field["name"]: field.get("positional", False) for field in operation["fields"]}
    given = [
        [str(value)] if named[name] else [f"--{name}"] + ([] if value is True else [str(value)])
        for name, value in arguments.items()
    ]
    return [*operation["command"].split(), *(word for part in given for word in part)]


@pytest.fixture(scope="module")
def answers(shop: Scene, deployments: dict[str, dict[str, Any]], template: str) -> dict[str, Any]:
    """Every answer of every operation that only reads, over MCP and from the command line."""
    assert template
    known, asked = commands(), questions(deployments)
    assert asked.keys() == known.keys(), "every operation that reads is asked"
    tools, found = shop.agent.tools(), dict[str, Any]()
    for name, calls in asked.items():
        for number, arguments in enumerate(calls):
            said = shop.cli(*words(known[name], arguments), code=None).out
            found[f"{name} {number}, command line"] = json.loads(said)
            if name in tools:
                where = {"project": str(shop.project)} if "project" in tools[name].input_schema["properties"] else {}
                beside, found[f"{name} {number}, MCP"] = shop.agent.answer(name, **where, **arguments)
                found[f"{name} {number}, MCP, beside"] = beside
    return found


def test_no_payload_stands_in_a_field_that_is_not_marked_untrusted(answers: dict[str, Any]) -> None:
    assert len(answers) > 100
    joined = {name: hit for name, value in answers.items() if (hit := [t for t in trusted(value) if has_payload(t)])}
    assert not joined


def test_what_a_failure_answers_is_marked_too(shop: Scene, deployments: dict[str, dict[str, Any]]) -> None:
    for mode, seen in deployments.items():
        assert not [text for text in trusted(seen) if has_payload(text)], mode
    (shop.project / PAYLOADS[4]).write_text("not committed")
    (shop.project / "kr8.toml").write_text((shop.project / "kr8.toml").read_text() + f'["{PAYLOADS[5][:9]}"]\nx = 1\n')
    refused = [
        shop.answer("deploy_project", {"environment": "development"}),
        shop.answer("check_project", {}),
        {"beside": shop.agent.answer("deploy_project", environment="development", project=str(shop.project))[0]},
    ]
    assert "uncommitted_changes" in str(refused[0]) and "invalid_project_file" in str(refused[1])
    assert not [text for text in trusted(refused) if has_payload(text)]
    assert has_payload(" ".join(untrusted(refused)))


@pytest.mark.parametrize("mode", FAILURES)
def test_each_channel_reached_the_answer_of_the_deployment_that_failed(
    deployments: dict[str, dict[str, Any]], mode: str
) -> None:
    seen = deployments[mode]
    code = {"sick": "never_healthy", "wrong": "wrong_version", "late": "wrong_version", "exit": "exited"}
    code["key"] = "secrets/aws-access-key"
    assert seen["problem"]["code"] == code.get(mode, f"{mode}_failed")
    assert any(has_payload(line) for line in seen["problem"]["output"])
    said = {"untrusted_answers": ("sick", "wrong"), "untrusted_lines": ("sick", "wrong", "late", "exit")}
    for field, modes in said.items():
        heard = [line for evidence in seen["evidence"] for line in evidence[field]]
        assert any(has_payload(line) for line in heard) or mode not in modes, (field, seen["evidence"])
    gates = [gate["untrusted"] for stage in seen["stages"] for gate in stage["gates"]]
    assert any(has_payload(each) for each in gates) or mode != "late"
    assert any(has_payload(place) for finding in seen["findings"] for place in finding["untrusted_places"]) or (
        mode == "build"
    )


def test_every_payload_was_seen_where_it_is_marked(answers: dict[str, Any]) -> None:
    said = {name: "\n".join(untrusted(value)) for name, value in answers.items()}
    for part in ("get_deployment_logs", "get_environment"):
        heard = "\n".join(text for name, text in said.items() if name.startswith(part))
        assert not [payload for payload in PAYLOADS if payload not in heard], part
    for part in ("get_deployment ", "list_audit", "list_templates", "get_template", "compare_environments"):
        assert any(has_payload(text) for name, text in said.items() if name.startswith(part)), part
    assert any(has_payload(text) for text in all_texts(answers))
