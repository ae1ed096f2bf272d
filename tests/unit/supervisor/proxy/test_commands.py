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


def test_nobody_loses_traffic_while_no_other_can_take_it_yet() -> None:
    waits = row(TWO, status="checking", weight=0, check="INI", check_passed=False)
    for loser in (replace(ONE, weight=0), replace(ONE, weight=0, mode="drain")):
        assert toward(loser, TWO, rows=(row(ONE), waits)) == Step((), True)
    assert toward(TWO, rows=(row(ONE), waits)) == Step((), True), "nor is it removed"
    added = toward(TWO, rows=(row(ONE),)).commands
    assert [each.split()[:3] for each in added] == [["add", "server", "k/r2-0"], ["enable", "health", "k/r2-0"]]


def test_traffic_is_lost_at_once_where_another_has_it_or_who_loses_it_is_down() -> None:
    loser, third = replace(ONE, weight=0), Server("r3-0", "127.0.0.1", 9003, 100)
    waits = row(TWO, status="checking", weight=0, check="INI", check_passed=False)
    assert toward(loser, TWO, third, rows=(row(ONE), waits, row(third))) == Step(("set server k/r1-0 weight 0",), True)
    assert toward(TWO, rows=(row(ONE, status="down"), waits)).commands[-1] == "del server k/r1-0"
    warm = replace(TWO, weight=0)
    assert toward(loser, warm, rows=(row(ONE), replace(waits, status="maint"))).commands == (
        "set server k/r1-0 weight 0",
    )


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
