"""The command line gives what it changes a key: the user's, or one of its own that lets it ask again."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.command_fixtures import DIGEST, Place, Story, deployment
from tests.support.socket_server import Answer, SocketServer, operations

ROLLED_BACK = deployment("succeeded", kind="rollback")


def keys(daemon: SocketServer) -> list[str | None]:
    """The key of each request."""
    return [headers.get("Idempotency-Key") for headers in daemon.headers]


def lost(times: int, then: Any) -> Story:
    """Hangs up on so many calls before it answers."""
    return Story(*[None] * times, then)


def repeated(answer: Answer) -> Answer:
    """Says of every answer that an earlier call has done it."""

    def told(method: str, path: str, body: Any) -> tuple[int, Any] | None:
        found = answer(method, path, body)
        return found and (found[0], {**found[1], "repeated": True})

    return told


def test_each_call_of_a_command_carries_the_key_that_is_given(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(create_deployment=Story(deployment("planned")), deploy_project=Story(deployment("succeeded")))
    with place.daemon(answers) as daemon:
        done = place.kr8.run("deploy", "production", "--yes", "--idempotency-key", "build-17")
    assert done.code == 0, done.error
    assert [path.rpartition("/")[2] for _, path, _ in daemon.asked] == ["create_deployment", "deploy_project"]
    assert keys(daemon) == ["build-17"] * 2
    assert daemon.asked[1][2] == {"deployment": "dep_1", "digest": DIGEST}


def test_without_one_each_call_that_changes_something_has_its_own(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(rollback_deployment=Story(deployment("running")), get_deployment=Story(ROLLED_BACK))
    with place.daemon(answers) as daemon:
        for _ in range(2):
            assert place.kr8.run("rollback", "production").code == 0
    first, read, second, also_read = keys(daemon)
    assert first and second and first != second and read is also_read is None


@pytest.mark.parametrize("given", [(), ("--idempotency-key", "mine")])
def test_an_answer_that_got_lost_is_asked_for_again_with_the_same_key(tmp_path: Path, given: tuple[str, ...]) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(rollback_deployment=lost(1, ROLLED_BACK))) as daemon:
        done = place.kr8.run("rollback", "production", *given)
    assert done.code == 0, done.error
    first, again = keys(daemon)
    assert first == again and first and (not given or first == "mine")


def test_an_answer_that_gets_lost_again_is_unknown(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(rollback_deployment=lost(9, ROLLED_BACK))) as daemon:
        done = place.kr8.run("rollback", "production", "--json")
    assert (done.code, done.value["problem"]["code"], len(daemon.asked)) == (5, "no_answer", 2)


def test_what_was_done_before_is_said_to_whoever_gave_the_key(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(repeated(operations(rollback_deployment=Story(ROLLED_BACK)))):
        told = place.kr8.run("rollback", "production", "--idempotency-key", "mine")
        untold = place.kr8.run("rollback", "production")
    assert (told.code, untold.code) == (0, 0)
    assert "An earlier command with this key" in told.out and "earlier" not in untold.out


def test_what_only_reads_takes_no_key(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.kr8.run("status", "--idempotency-key", "x").code == 2
    assert "--idempotency-key" not in place.kr8.run("history", "--help").out
    for command in ("deploy", "promote", "scale", "down", "new", "secret set", "deployment cancel", "backup"):
        assert "--idempotency-key" in place.kr8.run(*command.split(), "--help").out, command
