"""One state for each server, from several sources."""

from collections import Counter
from dataclasses import replace

from kr8.supervisor.proxy.counters import Tally
from kr8.supervisor.proxy.parse import Record, StatRow
from kr8.supervisor.proxy.table import Frontend, Server
from kr8.supervisor.proxy.view import frontends, unproven

SERVER = Server("r1-0", "127.0.0.1", 9001, 100)
TABLE = (Frontend("k", 3, "/", servers=(SERVER,)), Frontend("empty", 4, None))


def row(status: str = "up", check: str = "L7OK 200") -> StatRow:
    return StatRow("k", "r1-0", status, 100, 2, 0, "127.0.0.1:9001", check, "OK" in check)  # type: ignore[arg-type]


def test_totals_come_from_the_counts_and_the_rest_from_the_process() -> None:
    tally = Tally("once")
    tally.count(Record("k", "r1-0", 500, 3, "--"))
    found = frontends((row(),), TABLE, tally, Counter({("127.0.0.1", 9001): 3}))
    (state,) = found["k"]
    assert (state.status, state.weight, state.current) == ("up", 100, 5)
    assert (state.total, state.errors_5xx, state.check) == (1, 1, "L7OK 200")
    assert found["empty"] == ()


def test_a_new_server_in_maintenance_is_being_checked_or_down() -> None:
    for check, wanted in (("INI", "checking"), ("L7OK 200", "checking"), ("L7STS 500", "down"), ("", "maint")):
        (state,) = frontends((row("maint", check),), TABLE, Tally("once"), {})["k"]
        assert state.status == wanted


def test_a_server_on_its_way_out_is_in_maintenance() -> None:
    (state,) = frontends((row("maint"),), (), Tally("once"), {})["k"]
    assert state.status == "maint"


def test_unproven_is_what_no_check_has_passed() -> None:
    assert unproven(TABLE, ()) == {("k", "r1-0")}
    assert unproven(TABLE, (replace(row("checking", "INI"), weight=0),)) == {("k", "r1-0")}
    assert unproven(TABLE, (row("down", "L4CON"),)) == {("k", "r1-0")}
    assert unproven(TABLE, (row(),)) == frozenset()


def test_two_reloads_in_quick_succession_take_no_weight_away() -> None:
    assert unproven(TABLE, (row("checking", "INI"),)) == frozenset()
