"""What the proxy is told, and what is read from what it says."""

from dataclasses import replace

import pytest

from kr8.supervisor.frontends import passes, table
from kr8.supervisor.observed import Phase
from kr8.supervisor.proxy.counters import NO_SERVER, ServerCounters
from kr8.supervisor.proxy.histogram import Histogram
from kr8.supervisor.proxy.observed import ProxyState, ServerState, Status
from kr8.supervisor.state import InstanceRecord, State
from kr8.supervisor.tallies import counters
from kr8.supervisor.wire import RunSpec

KEY = "shop.production.web"
RUN = RunSpec(("serve",), "/", health="/healthz")


def record(name: str, phase: Phase, weight: int = 0, run: RunSpec = RUN) -> InstanceRecord:
    return InstanceRecord(name, KEY, name.rpartition("-")[0], 0, run, phase, 0.0, port=20000, weight=weight)


def state(*records: InstanceRecord) -> State:
    return State(instances={r.id: r for r in records})


@pytest.mark.parametrize(
    ("phase", "expected"),
    [("starting", (0, "ready")), ("ready", (7, "ready")), ("draining", (0, "drain")), ("stopping", (0, "drain"))],
)
def test_a_server_follows_its_instance(phase: Phase, expected: tuple[int, str]) -> None:
    (frontend,) = table(state(record("a-1", phase, 7)), {KEY: 5}, frozenset({"a-1"}))
    assert [(s.weight, s.mode) for s in frontend.servers] == [expected]
    assert (frontend.fd, frontend.check_path) == (5, "/healthz")


def test_what_starts_is_not_shown_before_it_answers() -> None:
    (frontend,) = table(state(record("a-1", "starting")), {KEY: 5}, frozenset())
    assert frontend.servers == ()


def test_two_questions_make_a_connection_the_check() -> None:
    other = record("b-1", "ready", run=replace(RUN, health="/status"))
    (frontend,) = table(state(record("a-1", "ready"), other), {KEY: 5}, frozenset())
    assert frontend.check_path is None


@pytest.mark.parametrize(
    ("status", "check", "before", "expected"),
    [
        ("up", "L7OK 200", False, True),
        ("down", "L4CON", True, False),
        ("maint", "L7OK 200", True, False),
        ("drain", "L7OK 200", False, True),
        ("drain", "* L4OK", False, True),
        ("drain", "L7STS 503", True, False),
        ("checking", "INI", True, True),
        ("checking", "INI", False, False),
    ],
)
def test_whether_the_proxy_would_send_traffic(status: Status, check: str, before: bool, expected: bool) -> None:
    assert passes(ServerState("a-1", status, 1, 0, 0, 0, 0, 0, check), before) is expected


def test_counters_are_summed_over_instances_that_are_gone_too() -> None:
    seen = ProxyState(1, "reset", 0.0, {KEY: (ServerState("a-2", "up", 1, 3, 0, 0, 0, 0, "L7OK"),)})
    one = ServerCounters(requests=10, status_5xx=1, latency=Histogram((1, 2)))
    two = ServerCounters(requests=5, connection_errors=2, latency=Histogram((0, 0, 4)))
    found = counters(KEY, seen, {"a-1": one, "a-2": two, "b-x-1": one, NO_SERVER: ServerCounters(requests=1)})
    assert set(found.releases) == {"a", "b-x"}
    assert found.unanswered.requests == 1
    total = found.releases["a"]
    assert (total.requests, total.errors_5xx, total.failed, total.in_flight) == (15, 1, 2, 3)
    assert total.latency is not None
    assert total.latency.counts == (1, 2, 4)
