"""What rollback, scale and restart do to a protected environment is shown and asked about on a terminal alone."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.command_fixtures import Place, Story, deployment
from tests.support.socket_server import Refusal, operations

COMMANDS: dict[tuple[str, ...], tuple[str, str, str]] = {
    ("rollback", "production"): (
        "rollback_deployment",
        "production serves generation 7 (web aaaaaaaaaaaa); this brings back generation 5",
        "What it leaves is withdrawn",
    ),
    ("scale", "production", "web", "3"): (
        "scale_deployment",
        "production: web runs 2 instances now, and 3 from then on",
        "Undone by: kr8 scale production web 2",
    ),
    ("restart", "production"): (
        "restart",
        "production: every instance of web is replaced by a new one of the same release",
        "There is nothing to undo",
    ),
}


def status(approvals: int) -> dict[str, Any]:
    service = {"service": "web", "version": "aaaaaaaaaaaa", "wanted": 2, "ready": 2}
    production = {"environment": "production", "generation": 7, "services": [service], "approvals": approvals}
    return {"project": "shop", "id": "prj_7k2m9q", "environments": [production]}


HISTORY = {
    "environment": "production",
    "promotions": [
        {"generation": 7, "back": "serves"},
        {"generation": 6, "back": "withdrawn"},
        {"generation": 5, "back": "at once"},
    ],
}


def answers(name: str, approvals: int = 1) -> Any:
    return operations(
        get_status=Story(status(approvals)),
        get_history=Story(HISTORY),
        **{name: Story(deployment("succeeded", kind="rollback"))},
    )


@pytest.mark.parametrize("command", list(COMMANDS), ids=" ".join)
def test_on_a_terminal_it_is_shown_in_two_lines_and_enter_means_no(command: tuple[str, ...], tmp_path: Path) -> None:
    place, (name, done, undone) = Place(tmp_path), COMMANDS[command]
    with place.daemon(answers(name)) as daemon:
        terminal = place.kr8.terminal(*command, COLUMNS="200")
        terminal.expect("Do it? [y/N]")
        terminal.press("\n")
        assert terminal.end() == 7
        assert not any(path.endswith(name) for _, path, _ in daemon.asked)
        asked = place.kr8.terminal(*command, COLUMNS="200")
        asked.expect("Do it? [y/N]")
        asked.press("y\n")
        assert asked.end() == 0
    assert done in terminal.text and undone in terminal.text
    assert "Nothing was changed" in terminal.text
    assert daemon.asked[-1][1].endswith(name)


@pytest.mark.parametrize("command", list(COMMANDS), ids=" ".join)
def test_with_yes_and_in_a_pipe_it_is_done_at_once(command: tuple[str, ...], tmp_path: Path) -> None:
    place, (name, _, _) = Place(tmp_path), COMMANDS[command]
    with place.daemon(answers(name)) as daemon:
        assert place.kr8.terminal(*command, "--yes").end() == 0
        assert place.kr8.run(*command).code == 0
        assert place.kr8.run(*command, "--json").code == 0
    assert [path.rpartition("/")[2] for _, path, _ in daemon.asked] == [name] * 3


@pytest.mark.parametrize("command", list(COMMANDS), ids=" ".join)
def test_where_nobody_must_approve_it_is_done_at_once(command: tuple[str, ...], tmp_path: Path) -> None:
    place, (name, _, _) = Place(tmp_path), COMMANDS[command]
    with place.daemon(answers(name, approvals=0)) as daemon:
        assert place.kr8.terminal(*command).end() == 0
    assert [path.rpartition("/")[2] for _, path, _ in daemon.asked] == ["get_status", name]


@pytest.mark.parametrize("more", [(), ("--to-generation", "4")], ids=str)
def test_a_rollback_over_what_cannot_be_undone_is_told_and_not_asked_about(
    more: tuple[str, ...], tmp_path: Path
) -> None:
    place, name = Place(tmp_path), "rollback_deployment"
    crossed = {
        **HISTORY,
        "promotions": [
            {"generation": 7, "back": "serves"},
            {"generation": 6, "back": "withdrawn"},
            {"generation": 5, "back": "not undone"},
            {"generation": 4, "back": "not undone"},
        ],
    }
    told = operations(get_status=Story(status(1)), get_history=Story(crossed), **{name: Story(deployment("failed"))})
    with place.daemon(told) as daemon:
        terminal = place.kr8.terminal("rollback", "production", *more, COLUMNS="200")
        assert terminal.end() == 1
    assert f"production cannot go back to generation {4 if more else 5}" in terminal.text
    assert "A command that cannot be undone ran since" in terminal.text and "brings back" not in terminal.text
    assert "[y/N]" not in terminal.text and not any(path.endswith(name) for _, path, _ in daemon.asked)


def test_a_rollback_is_not_held_up_where_the_daemon_is_gone(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    terminal = place.kr8.terminal("rollback", "production")
    assert terminal.end() != 0
    assert "the supervisor of this machine rolls back" in terminal.text and "[y/N]" not in terminal.text


def test_what_cannot_be_read_is_told_and_nothing_is_done(tmp_path: Path) -> None:
    place = Place(tmp_path)
    unknown = Refusal(code="unknown_project", what="There is no project.", outcome="not_started")
    with place.daemon(operations(get_status=Story(unknown), restart=Story(deployment("succeeded")))) as daemon:
        terminal = place.kr8.terminal("restart", "production")
        assert terminal.end() == 1
    assert "There is no project." in terminal.text
    assert [path.rpartition("/")[2] for _, path, _ in daemon.asked] == ["get_status"]
