"""`kr8 new` as a process: a person is asked for what the template must be given, a program is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.command_fixtures import Place, Story
from tests.support.socket_server import Refusal, operations

PARAMETERS = [
    {"name": "owner", "type": "string", "description": "Who owns it.", "default": None, "pattern": None},
    {"name": "region", "type": "choice", "description": "Where.", "default": None, "choices": ["eu", "us"]},
    {"name": "size", "type": "integer", "description": "How large.", "default": None, "minimum": 2, "maximum": None},
    {"name": "much", "type": "integer", "description": "How much.", "default": None, "minimum": 1, "maximum": 5},
    {"name": "loud", "type": "boolean", "description": "Whether.", "default": None},
    {"name": "port", "type": "integer", "description": "A port.", "default": 8000},
]
TEMPLATE: dict[str, Any] = {"name": "mine", "parameters": PARAMETERS, "wanted": ["owner", "region"]}
TYPED: dict[str, Any] = {**TEMPLATE, "wanted": ["region", "size", "much", "loud"]}
MADE: dict[str, Any] = {
    "id": "prj_7k2m9q",
    "name": "tea",
    "path": "/srv/tea",
    "services": ["web"],
    "environments": ["development"],
    "template": "project",
    "written": ["kr8.toml"],
    "commit": "a" * 40,
    "next_step": "",
}
WRONG: dict[str, Any] = {
    "code": "invalid_parameter",
    "what": "'ada' is not allowed for owner.",
    "field": "values.owner",
}


def test_what_is_missing_is_asked_for_and_what_is_wrong_asked_again(tmp_path: Path) -> None:
    place = Place(tmp_path)
    made = Story(Refusal(**WRONG), MADE)
    with place.daemon(operations(get_template=Story(TEMPLATE), create_project=made)) as daemon:
        terminal = place.kr8.terminal("new", "tea", "--template", "mine", "--value", "port=80")
        terminal.expect("owner (string) Who owns it: ")
        terminal.press("\nada\n")
        terminal.expect("region (choice: eu, us) Where: ")
        terminal.press("eu\n")
        terminal.expect("not allowed for owner")
        terminal.press("Ada\n")
        assert terminal.end() == 0, terminal.text
    bodies = [body for _, path, body in daemon.asked if path.endswith("create_project")]
    assert [body["values"] for body in bodies] == [
        {"port": "80", "owner": "ada", "region": "eu"},
        {"port": "80", "owner": "Ada", "region": "eu"},
    ]
    assert terminal.text.count("owner (string)") == 3, "an empty line is no answer"


def test_an_answer_of_another_type_is_asked_for_again_before_the_next(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(get_template=Story(TYPED), create_project=Story(MADE))) as daemon:
        terminal = place.kr8.terminal("new", "tea", "--template", "mine")
        for prompt, wrong, told, right in (
            ("region (choice: eu, us) Where: ", "euu", "Did you mean 'eu'?", "eu"),
            ("size (integer, at least 2) How large: ", "1", "size: '1' is not a whole number, at least 2.", "3"),
            ("much (integer, 1 to 5) How much: ", "many", "much: 'many' is not a whole number, 1 to 5.", "4"),
            ("loud (boolean) Whether: ", "maybe", "loud: 'maybe' is not yes or no.", "yes"),
        ):
            terminal.expect(prompt)
            terminal.press(f"{wrong}\n")
            terminal.expect(told)
            terminal.press(f"{right}\n")
        assert terminal.end() == 0, terminal.text
    (body,) = [body for _, path, body in daemon.asked if path.endswith("create_project")]
    assert body["values"] == {"region": "eu", "size": 3, "much": 4, "loud": True}


def test_what_is_given_is_not_asked_for(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(get_template=Story({**TEMPLATE, "wanted": []}), create_project=Story(MADE))) as daemon:
        terminal = place.kr8.terminal("new", "tea")
        assert terminal.end() == 0, terminal.text
    assert daemon.asked[0][2] == {"name": "web-service"}
    assert daemon.asked[-1][2] == {"name": "tea"}


def test_the_template_of_a_project_that_is_named_is_the_one_that_is_asked_about(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(get_template=Story({**TEMPLATE, "wanted": []}), create_project=Story(MADE))) as daemon:
        terminal = place.kr8.terminal("new", "tea", "--template", "mine", "--project", "/srv/shop")
        assert terminal.end() == 0, terminal.text
    assert daemon.asked[0][2] == {"name": "mine", "project": "/srv/shop"}


def test_nobody_is_asked_on_a_pipe(tmp_path: Path) -> None:
    place = Place(tmp_path)
    missing: dict[str, Any] = {
        "code": "missing_parameter",
        "what": "It needs owner.",
        "output": ["owner (string): Who owns it."],
    }
    with place.daemon(operations(create_project=Story(Refusal(**missing)))) as daemon:
        done = place.kr8.run("new", "tea", source="ada\n")
    assert done.code != 0 and "owner (string): Who owns it." in done.error
    assert [path for _, path, _ in daemon.asked] == ["/v1/operations/create_project"]


PROPOSED = {"name": "owner", "untrusted_parameter": {}, "untrusted_text": "shop", "untrusted_places": ["kr8.toml (1)"]}
DRAFT: dict[str, Any] = {
    "name": "mine",
    "version": "",
    "state": "proposed",
    "proposed": [PROPOSED],
    "verdict": None,
    "next_step": "kr8 template create mine --accept owner",
}
KEPT: dict[str, Any] = {
    **DRAFT,
    "version": "1.0.0",
    "state": "kept",
    "path": "/srv/t",
    "findings": [],
    "verdict": "passed",
    "not_checked": [],
    "next_step": "kr8 new NAME --template project/mine",
}


def test_what_is_proposed_is_taken_by_a_yes(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(create_template=Story(DRAFT, KEPT))) as daemon:
        terminal = place.kr8.terminal("template", "create", "mine")
        terminal.expect("Take all of them? [y/N]")
        terminal.press("y\n")
        assert terminal.end() == 0, terminal.text
    assert [body for _, _, body in daemon.asked] == [{"name": "mine"}, {"name": "mine", "accept": ["owner"]}]
    assert "mine 1.0.0: kept in /srv/t" in terminal.text
    assert "next: kr8 new NAME --template project/mine" in terminal.text, "another one of its name comes first"


def test_what_is_proposed_is_shown_with_the_next_command_on_a_pipe(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(create_template=Story(DRAFT))) as daemon:
        done = place.kr8.run("template", "create", "mine")
    assert done.code == 0 and "next: kr8 template create mine --accept owner" in done.out
    assert len(daemon.asked) == 1


def test_a_draft_that_was_not_wholly_checked_looks_like_no_pass(tmp_path: Path) -> None:
    place = Place(tmp_path)
    unchecked = {"checker": "tests", "untrusted_why": "They were not run."}
    kept = {**KEPT, "verdict": "incomplete", "not_checked": [unchecked]}
    with place.daemon(operations(create_template=Story(kept))):
        done = place.kr8.run("template", "create", "mine", "--accept", "owner")
    assert done.code == 9 and "not checked by tests: They were not run." in done.out and "no pass" in done.out


def test_a_draft_that_takes_long_is_waited_for(tmp_path: Path) -> None:
    place = Place(tmp_path)
    trying = Refusal(code="still_trying", what="It is still being tried.", retryable=True)
    with place.daemon(operations(create_template=Story(trying, trying, KEPT))) as daemon:
        done = place.kr8.run("template", "create", "mine", "--accept", "owner")
    assert done.code == 0 and "kept in /srv/t" in done.out and len(daemon.asked) == 3
