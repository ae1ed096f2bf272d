"""Bad input: refused by name, with the nearest right one; or carried through unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.agent import Refusal
from tests.support.scene import Scene, rolling, web
from tests.support.waiting import wait_for

from kr8.surfaces.cli.exits import ExitCode

HOSTILE = [
    "${HOME}",
    "%{ for x in y }",
    "{{ config }}",
    "{% raw %}",
    "it's",
    'say "hi"',
    "`id`",
    "$(id)",
    "; rm -rf /",
    "a\nb",
    "a\rb",
    "a\tb",
    "\u202egnp.exe",
    "\u200bx",
    "日本語",
    "\x1b[31mred",
    "../../etc/passwd",
    "-rf",
    "--help",
    "a" * 10_000,
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "\\",
    "%00",
    "\ud800",
    "a\0b",
]
PATH = '/größe/日本/say-"hi"/it\'s/[x]|<y>%20?q=ü#z'
HEALTH = web()["health"]
CARRIED = [each for each in HOSTILE if "\0" not in each and "\ud800" not in each]


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        env = {f"HOSTILE_{number}": each for number, each in enumerate(CARRIED)}
        scene.write_toml(
            {"web": web(env=env, health={**HEALTH, "path": PATH}, monitoring={"metrics": PATH})},
            {
                "development": {"strategy": rolling(), "listen": {"web": scene.at(0)}},
                "staging": {"strategy": rolling(), "listen": {"web": scene.at(1)}},
            },
            {"description": "\n".join(CARRIED)},
        )
        scene.start_project()
        scene.deploy(reason="\n".join(CARRIED)[:2000])
        yield scene


def refused(shop: Scene, operation: str, /, **arguments: Any) -> dict[str, Any]:
    """The problem; the same from an agent as from the command line's side."""
    try:
        done = shop.op(operation, **arguments)
    except Refusal as error:
        return error.problem
    pytest.fail(f"{operation} took {arguments!a}: {done!a:.300}")


@pytest.mark.parametrize(
    ("operation", "arguments", "code", "field", "nearest"),
    [
        ("deploy_project", {"enviroment": "development"}, "unknown_argument", "enviroment", "environment"),
        ("deploy_project", {"environment": "developmnt"}, "unknown_environment", "environment", "development"),
        ("deploy_project", {"environment": "staging", "project": "shpo"}, "unknown_project", "project", "shop"),
        ("scale_deployment", {"environment": "development", "instances": 1}, "missing_argument", "service", ""),
        ("create_project", {"name": "x", "template": "web-servce"}, "unknown_template", "template", "web-service"),
        (
            "scale_deployment",
            {"environment": "development", "service": "wbe", "instances": 2},
            "unknown_service",
            "service",
            "web",
        ),
        ("restart", {"environment": "development", "services": ["wbe"]}, "unknown_service", "service", "web"),
        ("list_deployments", {"environment": "developmnt"}, "unknown_environment", "environment", "development"),
        ("list_secrets", {"environment": "developmnt"}, "unknown_environment", "environment", "development"),
        ("list_deployments", {"before": "garbage"}, "invalid_argument", "before", "next"),
        ("get_address", {"environment": "development", "service": "wbe"}, "unknown_service", "service", "web"),
        ("get_deployment", {"deployment": "dep_x"}, "unknown_deployment", "deployment", "list_deployments"),
        ("deploy_project", {"environment": "staging", "commit": "nope"}, "unknown_revision", "commit", ""),
        ("get_deployment_logs", {"environment": "development", "cursor": "!"}, "invalid_argument", "cursor", ""),
        ("list_deployments", {"limit": 0}, "invalid_argument", "limit", ""),
        ("remove_secret", {"name": "NONE", "environment": "development"}, "unknown_secret", "name", ""),
    ],
)
def test_what_is_not_known_is_named_with_the_nearest_that_is(
    shop: Scene, operation: str, arguments: dict[str, Any], code: str, field: str, nearest: str
) -> None:
    problem = refused(shop, operation, **arguments)
    assert (problem["code"], problem["field"], problem["outcome"]) == (code, field, "not_started"), problem
    assert nearest in problem["mend"], problem
    assert problem["what"]


def test_the_command_line_says_the_same_with_exit_code_two_for_its_own_arguments(shop: Scene) -> None:
    assert shop.cli("deploy", "developmnt", "--yes", code=ExitCode.REFUSED).problem["code"] == "unknown_environment"
    wrong = shop.cli("deploy", "development", "--enviroment", "x", code=ExitCode.USAGE)
    assert wrong.problem["code"] == "usage"
    assert "'deploy'" in shop.cli("deplyo", code=ExitCode.USAGE).problem["what"]


def test_uncommitted_changes_are_told_with_what_to_do_and_a_named_commit_deploys_that(shop: Scene) -> None:
    version = shop.git("rev-parse", "HEAD")[:12]
    (shop.project / "app.py").write_text("broken(")
    (shop.project / "extra.py").write_text("")
    try:
        problem = refused(shop, "deploy_project", environment="staging")
        assert problem["code"] == "uncommitted_changes"
        assert problem["output"] == ["app.py", "extra.py"] and "HEAD" in problem["mend"]
        ended = shop.cli("deploy", "staging", "--commit", "HEAD", "--yes").value
        assert ended["state"] == "succeeded" and shop.version(1) == version
    finally:
        shop.git("checkout", "--", "app.py")
        (shop.project / "extra.py").unlink()


@pytest.mark.parametrize(("path", "leads"), [("../outside", "../outside"), ("/etc", "/etc"), ("a/../../b", "../b")])
def test_a_service_outside_the_project_is_refused_with_the_path_it_leads_to(shop: Scene, path: str, leads: str) -> None:
    text = (shop.project / "kr8.toml").read_text()
    shop.commit({"kr8.toml": text.replace("[services.web]", f"[services.web]\npath = {json.dumps(path)}")})
    try:
        problem = refused(shop, "deploy_project", environment="staging")
    finally:
        shop.commit({"kr8.toml": text})
    assert "path" in str(problem["field"]) and problem["place"], problem
    assert f"leads to {leads!r}" in problem["output"][0], problem


def test_a_link_out_of_the_project_is_refused_with_the_path_it_leads_to(shop: Scene) -> None:
    (shop.project / "way-out").symlink_to("/etc")
    shop.commit()
    try:
        opened = shop.op("create_deployment", environment="staging")
        seen = shop.until(opened["id"], lambda each: each["state"] != "planning")
        assert seen["state"] == "failed", seen["state"]
        assert "way-out" in json.dumps(seen["problem"]) and "/etc" in json.dumps(seen["problem"]), seen["problem"]
    finally:
        (shop.project / "way-out").unlink()
        shop.commit()


def test_hostile_names_are_refused_with_the_form_that_is_allowed(shop: Scene) -> None:
    for each in HOSTILE:
        if "\ud800" in each:
            continue
        for operation, arguments, field in (
            ("create_project", {"name": each}, "name"),
            ("add_approver", {"name": each, "public_key": "x"}, "name"),
            ("set_secret", {"name": each, "environment": "development", "value": "long enough"}, "name"),
        ):
            problem = refused(shop, operation, **arguments)
            assert (problem["code"], problem["field"]) == ("invalid_argument", field), (each, problem)
            assert " must " in problem["what"], problem
        for operation, arguments in (
            ("deploy_project", {"environment": each}),
            ("deploy_project", {"environment": "development", "project": each}),
            ("deploy_project", {"environment": "staging", "commit": each[:200]}),
            ("get_deployment", {"deployment": each}),
            ("create_project", {"name": "fine", "directory": each}),
            ("create_project", {"name": "fine", "template": each}),
        ):
            if operation == "create_project" and "directory" in arguments and "\0" not in each:
                continue  # as a directory most of these are names like any other; see the next test
            problem = refused(shop, operation, **arguments)
            assert problem["code"] != "internal_error", (each, operation, problem)
            assert problem["outcome"] == "not_started", (each, problem)


def test_half_a_character_is_refused_and_not_a_fault_of_kr8(shop: Scene) -> None:
    for operation, arguments in (
        ("deploy_project", {"environment": "development", "reason": "\ud800"}),
        ("get_deployment", {"deployment": "\ud800"}),
        ("set_secret", {"name": "FINE", "environment": "development", "value": "long enough \ud800"}),
        ("create_project", {"name": "fine", "directory": "/nowhere/\ud800"}),
    ):
        problem = refused(shop, operation, **arguments)
        assert problem["code"] != "internal_error", (operation, problem)


def test_hostile_directories_are_made_or_refused_as_they_were_resolved(shop: Scene) -> None:
    for number, each in enumerate(CARRIED):
        directory = shop.directory / "dirs" / str(number) / each
        try:
            made = shop.op("create_project", name="fine", directory=str(directory))
        except Refusal as error:
            assert error.code != "internal_error", (each, error.problem)
            continue
        assert made["path"] == str(directory.resolve()) and (directory.resolve() / "kr8.toml").exists()


def test_hostile_descriptions_environments_reasons_and_logs_come_through_unchanged(shop: Scene) -> None:
    running = json.loads(shop.get("/environment")[2])
    for number, each in enumerate(CARRIED):
        assert running[f"HOSTILE_{number}"] == each
    shown = shop.op("get_environment", environment="development")["services"][0]["untrusted_env"]
    assert [shown[f"HOSTILE_{number}"] for number in range(len(CARRIED))] == CARRIED
    newest = shop.op("list_deployments", environment="development", limit=20)["deployments"][-1]["id"]
    assert shop.see(newest)["untrusted_reason"] == "\n".join(CARRIED)[:2000]
    printable = [each for each in CARRIED if not set(each) & set("\n\r") and len(each) < 900]
    for each in printable:
        shop.get("/print", body=each.encode())
    seen: set[str] = set()

    def is_captured() -> bool:
        page = shop.op("get_deployment_logs", deployment=newest, limit=500)
        seen.update(line["text"] for line in page["lines"])
        return printable[-1] in seen

    wait_for(is_captured)
    assert set(printable) <= seen, set(printable) - seen
    words = shop.cli("logs", newest, "--limit", "500", as_json=False).out
    assert "\x1b[31m" not in words, "a terminal's control characters are shown, never obeyed"


def test_a_kr8_toml_that_is_wrong_is_refused_with_line_and_column(shop: Scene) -> None:
    text = (shop.project / "kr8.toml").read_text()
    shop.commit({"kr8.toml": text.replace("strategy", "stratgy", 1)})
    try:
        problem = refused(shop, "deploy_project", environment="staging")
    finally:
        shop.commit({"kr8.toml": text})
    assert "kr8.toml:" in problem["place"] and "strategy" in problem["mend"], problem
