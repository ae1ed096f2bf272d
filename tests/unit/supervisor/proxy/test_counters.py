"""From log records to counts."""

from dataclasses import replace

from kr8.supervisor.proxy.counters import NO_SERVER, RETIRED_KEPT, Tally
from kr8.supervisor.proxy.parse import Record, StatRow

GOOD = Record("k", "r1-0", 200, 12, "--")


def row(retries: int, server: str = "r1-0") -> StatRow:
    return StatRow("k", server, "up", 1, 0, retries, "127.0.0.1:1", "L4OK", True)


def tally(*records: Record) -> Tally:
    found = Tally("once")
    for one in records:
        found.count(one)
    return found


def test_classes() -> None:
    statuses = (101, 200, 204, 301, 404, 500, 503)
    counts = tally(*(replace(GOOD, status=status) for status in statuses)).of("k")["r1-0"]
    assert counts.requests == 7
    assert (counts.status_1xx, counts.status_2xx, counts.status_3xx) == (1, 2, 1)
    assert (counts.status_4xx, counts.status_5xx, counts.aborted) == (1, 2, 0)


def test_a_client_that_left_is_not_a_failure() -> None:
    counts = tally(replace(GOOD, status=400, end="CR"), replace(GOOD, status=-1, end="CH", latency_ms=None)).of("k")
    assert (counts["r1-0"].aborted, counts["r1-0"].status_4xx, counts["r1-0"].latency.total) == (2, 0, 1)


def test_a_server_that_could_not_be_reached() -> None:
    counts = tally(Record("k", "r1-0", 503, None, "SC"), Record("k", NO_SERVER, 503, None, "SC")).of("k")
    assert (counts["r1-0"].connection_errors, counts["r1-0"].status_5xx) == (1, 1)
    assert counts[NO_SERVER].requests == 1


def test_retries_add_up_over_processes() -> None:
    found = Tally("once")
    for process, retries in (("a", 2), ("a", 5), ("b", 1), ("b", 1), ("b", 4)):
        found.count_retries(process, (row(retries),))
    assert found.of("k")["r1-0"].retries == 9


def test_retries_of_a_server_that_came_again() -> None:
    found = Tally("once")
    for retries in (5, 0, 2):
        found.count_retries("a", (row(retries),))
    assert found.of("k")["r1-0"].retries == 7


def test_written_down_and_read_back() -> None:
    found = tally(GOOD, replace(GOOD, status=500), replace(GOOD, latency_ms=900))
    found.count_retries("a", (row(3),))
    again = Tally.from_json(found.to_json())
    again.count_retries("a", (row(4),))
    found.count_retries("a", (row(4),))
    assert (again.reset_id, again.of("k")) == ("once", found.of("k"))


def test_what_is_gone_long_ago_is_forgotten() -> None:
    found = tally(*(replace(GOOD, server=f"r{number}-0") for number in range(200)), replace(GOOD, server=NO_SERVER))
    found.prune({"k": {"r0-0"}})
    names = set(found.of("k"))
    assert {"r0-0", "r199-0", NO_SERVER} <= names
    assert len(names) == RETIRED_KEPT + 2
