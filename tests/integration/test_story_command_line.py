"""A person's day: every command of `kr8`, run as a process, with its JSON and its words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from tests.support.scene import Said, Scene, blue_green, rolling

from kr8.surfaces.cli.catalogue import load
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.flows import STANDING

ELSEWHERE = {
    ("serve",),  # every test starts it
    ("mcp",),  # the agent's story speaks with it
    ("deployment", "decide"),  # `kr8 approve` does it
    ("deployment", "resolve"),  # test_story_stuck
    ("approve",),  # test_story_approvals
    ("deployment", "approval-text"),
    ("approver", "add"),
    ("approver", "remove"),
    ("backup",),  # test_story_backup
    ("restore",),
    ("stop",),  # test_stopping
    ("template", "add"),  # test_story_templates
    ("template", "remove"),
}


class Person:
    """Types commands, and remembers which."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.typed: set[tuple[str, ...]] = set()

    def type(self, path: str, *arguments: str, code: int = 0, text: str = "", as_json: bool = True) -> Said:
        """Run a command."""
        self.typed.add(tuple(path.split()))
        return self.scene.cli(*path.split(), *arguments, code=code, text=text, as_json=as_json)


@pytest.fixture(scope="module")
def person() -> Iterator[Person]:
    with Scene() as scene:
        scene.declare(
            development={"strategy": rolling(), "listen": {"web": scene.at(0)}},
            staging={"strategy": blue_green(), "listen": {"web": scene.at(1)}},
        )
        scene.start_project()
        yield Person(scene)


def test_a_person_does_everything_from_the_command_line(person: Person) -> None:
    shop = person.scene
    check(person)
    deploy(person)
    look(person)
    change(person)
    secrets(person)
    person.type("completion", "bash")
    audit(person)
    person.type("new", "fresh", "--directory", str(shop.directory / "fresh"))
    assert (shop.directory / "fresh" / "kr8.toml").exists()
    updated = person.type("template update", "--project", str(shop.directory / "fresh")).value
    assert updated["next_step"].startswith("Nothing changed")
    generate(person)
    commands = {each.path for each in load().operations} | set(STANDING)
    assert commands - person.typed - ELSEWHERE == set()


def check(person: Person) -> None:
    assert person.type("check").value["services"] == ["web"]
    (listed,) = person.type("template list", "web-service").value["templates"]
    assert listed["origin"] == "built-in"
    assert person.type("template show", "web-service").value["tests"]
    assert person.type("template create", "mine").value["state"] == "proposed"
    assert "more: " not in person.type("template list", "--detail", as_json=False).out
    checks = person.type("doctor").value
    assert checks["healthy"], checks
    assert person.type("tools install", "checkov").value["state"] == "installed"
    assert "installed" in {each["state"] for each in person.type("tools list").value["tools"]}
    infrastructure(person)


def infrastructure(person: Person) -> None:
    assert person.type("validate").value["verdict"] == "passed"
    assert person.type("fix", "--preview").value["changed"] == 0
    until = str(date.today() + timedelta(days=30))
    assert person.type("waive", "--reason", "for now", "--until", until).value["written"] is False
    (rule,) = person.type("rules", "reversible", "--part", "project").value["rules"]
    assert rule["name"] == "rollback-refused"
    assert "kr8/image-unpinned" in person.type("rules", as_json=False).out
    assert person.type("parity").value["environments"] == ["development", "staging"]


def generate(person: Person) -> None:
    for form in ("terraform", "kubernetes", "ansible"):
        assert person.type(f"generate {form}").value["counts"]["new"] > 3
        assert person.type(f"generate {form}").value["files"] == []
    assert "HTTPS has no certificate" in person.type("generate terraform").value["next_step"]
    lacking = person.type("generate pipeline", code=ExitCode.REFUSED).problem
    assert lacking["field"] == "infrastructure.pipeline.kr8"
    with (person.scene.project / "kr8.toml").open("a") as declared:
        declared.write('[infrastructure.pipeline]\nkr8 = "tools/kr8.whl"\n')
    made = {each["path"] for each in person.type("generate pipeline").value["files"]}
    assert made == {".github/actions/kr8/action.yml", ".github/workflows/kr8.yml"}


def deploy(person: Person) -> None:
    shop = person.scene
    planned = person.type("plan", "development").value
    assert planned["state"] == "planned"
    refused = person.type("deploy", "development", code=ExitCode.NOT_CONFIRMED)
    assert refused.problem["code"] == "not_confirmed" and "--digest" in refused.problem["mend"]
    person.type("deployment cancel", planned["id"])
    words = person.type("deploy", "development", "--yes", "--reason", "first", as_json=False)
    assert "succeeded" in words.out and "development: web starts" in words.out, words.out
    assert shop.version() == shop.git("rev-parse", "HEAD")[:12]
    gone = person.type("deployment show", "dep_nothing", code=ExitCode.REFUSED)
    assert gone.problem["code"] == "unknown_deployment"


def look(person: Person) -> None:
    shop = person.scene
    listed = person.type("deployment list").value["deployments"]
    assert listed[0]["state"] == "succeeded"
    assert person.type("deployment show", listed[0]["id"]).value["generation"] == 1
    assert person.type("follow", listed[0]["id"]).value["state"] == "succeeded"
    assert person.type("status").value["environments"][0]["services"][0]["ready"] == 1
    assert "development" in person.type("status", as_json=False).out
    assert person.type("history", "development").value["promotions"][0]["current"]
    (runs,) = person.type("env", "development").value["services"]
    assert runs["untrusted_command"] == ["python3", "app.py", "{port}"]
    assert person.type("url", "development").value["url"] == f"http://{shop.at(0)}/"
    assert person.type("open", "development", as_json=False).out.strip() == f"http://{shop.at(0)}/"
    lines = person.type("logs", listed[0]["id"]).value["lines"]
    assert any(line["text"].startswith("listening as") for line in lines)


def change(person: Person) -> None:
    shop = person.scene
    pid = shop.get()[2]
    assert person.type("restart", "development").value["state"] == "succeeded"
    assert shop.get()[2] != pid, "the same process still answers"
    assert person.type("scale", "development", "web", "2").value["state"] == "succeeded"
    person.type("promote", "development", "staging", code=ExitCode.NOT_CONFIRMED)
    assert person.type("promote", "development", "staging", "--yes").value["state"] == "succeeded"
    assert shop.version(1) == shop.version(0)
    old, new = shop.version(0), shop.behave("ok")
    person.type("deploy", "development", "--yes")
    assert shop.version(0) == new
    assert person.type("rollback", "development").value["state"] == "succeeded"
    assert shop.version(0) == old
    person.type("down", "staging", code=ExitCode.NOT_CONFIRMED)
    assert person.type("down", "staging", "--yes").value["state"] == "succeeded"
    shop.until_refused(1)
    assert person.type("rollback", "staging").value["state"] == "succeeded"
    assert shop.version(1) == old, "what was taken down comes back by a rollback"


def secrets(person: Person) -> None:
    assert person.type("secret set", "TOKEN", "-e", "staging", text="a long secret value\n").value["version"] == 1
    assert person.type("secret list").value["secrets"][0]["name"] == "TOKEN"
    assert person.type("secret remove", "TOKEN", "-e", "staging").value["secrets"] == []
    assert person.type("approver list").value["approvers"] == []


def audit(person: Person) -> None:
    verdict = person.type("audit verify").value
    assert verdict["holds"] and verdict["rows"] > 20
    rows = person.type("audit list", "--limit", "200").value["rows"]
    intents = {row["operation"] for row in rows if row["phase"] == "intent"}
    assert {"create_deployment", "deploy_project", "rollback_deployment", "down", "set_secret"} <= intents
