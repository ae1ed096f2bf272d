"""From what runs and what is wanted to commands."""

from dataclasses import replace

from kr8.supervisor.proxy.commands import Step, step
from kr8.supervisor.proxy.parse import StatRow
from kr8.supervisor.proxy.table import Frontend, Server

ONE = Server("r1-0", "127.0.0.1", 9001, 100)
TWO = Server("r2-0", "127.0.0.1", 9002, 100)


def row(server: Server, **changes: object) -> StatRow:
    plain = StatRow("k", server.name, "up", server.weight, 0, 0, f"127.0.0.1:{server.port}", "L7OK 200", True)
    return replace(plain, **changes)  # type: ignore[arg-type]


def toward(*servers: Server, rows: tuple[StatRow, ...] = ()) -> Step:
    return step(rows, (Frontend("k", 3, "/", servers=servers),))


def test_nothing_to_do() -> None:
    assert toward(ONE, rows=(row(ONE),)) == Step()


def test_a_new_server_is_added_without_weight_and_checked() -> None:
    found = toward(ONE)
    assert found.commands[0].startswith("add server k/r1-0 127.0.0.1:9001 weight 0 check inter 500ms fall 1")
    assert found.commands[1:] == ("enable health k/r1-0",)
    assert found.more


def test_a_new_server_waits_for_its_check() -> None:
    for check in ("INI", "L7STS 500", "L4CON"):
        assert toward(ONE, rows=(row(ONE, status="maint", check=check, check_passed=False),)) == Step((), True)


def test_a_new_server_that_passed_gets_its_weight() -> None:
    found = toward(ONE, rows=(row(ONE, status="maint", weight=0),))
    assert found == Step(("set server k/r1-0 weight 100", "set server k/r1-0 state ready"))


def test_a_server_left_in_maintenance_is_made_anew() -> None:
    found = toward(ONE, rows=(row(ONE, status="maint", check="", check_passed=False),))
    assert found == Step(("shutdown sessions server k/r1-0", "del server k/r1-0"), True)


def test_after_a_restart_an_unproven_server_waits_for_its_check() -> None:
    waiting = row(ONE, status="checking", weight=0, check="INI", check_passed=False)
    assert toward(ONE, rows=(waiting,)) == Step((), True)


def test_gains_come_before_losses() -> None:
    one, two = replace(ONE, weight=0), replace(TWO, weight=100)
    found = toward(one, two, rows=(row(ONE), row(TWO, weight=0)))
    assert found == Step(("set server k/r2-0 weight 100", "set server k/r1-0 weight 0"))


def test_draining_is_said_until_it_shows() -> None:
    one = replace(ONE, mode="drain")
    assert toward(one, rows=(row(ONE),)).commands == ("set server k/r1-0 state drain",)
    assert toward(one, rows=(row(ONE, status="drain"),)) == Step()


def test_a_drained_server_comes_back() -> None:
    assert toward(ONE, rows=(row(ONE, status="drain"),)).commands == ("set server k/r1-0 state ready",)
    warm = replace(ONE, weight=0)
    assert toward(warm, rows=(row(warm, status="drain"),)).commands == ("set server k/r1-0 state ready",)


def test_what_is_not_wanted_goes() -> None:
    found = toward(TWO, rows=(row(ONE), row(TWO)))
    assert found.commands == (
        "set server k/r1-0 state maint",
        "shutdown sessions server k/r1-0",
        "del server k/r1-0",
    )


def test_a_server_that_moved_is_made_anew() -> None:
    found = toward(replace(ONE, port=9009), rows=(row(ONE),))
    assert found.more
    assert found.commands[-1] == "del server k/r1-0"
