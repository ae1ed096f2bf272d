"""Services under a real supervisor and a real HAProxy: switches under load, failures by name, epochs, return."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import ENVIRONMENT, KEY, SERVICE, Refused, Rig, load, run_spec, share, until

from kr8.supervisor.codec import decode
from kr8.supervisor.observed import CountersObserved, EnvironmentObserved, Failure, Piece, ReleaseCounters
from kr8.supervisor.wire import PostReturn, PutPromoted, RunSpec, ServiceDesired, ShareSpec


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig(tmp_path_factory.mktemp("supervisor") / "home") as rig:
        yield rig.start()


@pytest.fixture
def served(rig: Rig) -> Rig:
    """Two instances of v1 serve."""
    rig.converge(share("v1", 2), surge=4)
    return rig


def test_rolling_blue_green_and_restart_under_load(served: Rig) -> None:
    with load(served.port) as traffic:
        served.converge(share("v2", 2))
        assert traffic.answers["v2"] > 0
        served.converge(share("v2", 2, 100), share("v3", 2, 0))
        assert traffic.answers["v3"] == 0
        served.converge(share("v2", 2, 0), share("v3", 2, 100))
        stale = traffic.answers["v2"]
        time.sleep(0.3)
        assert traffic.answers["v2"] - stale <= 1  # one answer may have been counted late
        served.converge(share("v3", 2))
        before = {m.id for m in served.observed().shares[0].members}
        after = {m.id for m in served.converge(share("v3", 2), restart=1).shares[0].members}
        assert not before & after
    assert (traffic.failures, traffic.refused) == ([], [])

    def releases() -> dict[str, ReleaseCounters]:
        return decode(CountersObserved, served.ask("GET", f"/v1/services/{KEY}/counters")).releases

    # The proxy writes down a request when it is over, which may be after its client has the answer.
    until(lambda: sum(each.requests for each in releases().values()) >= traffic.total, "every answer is counted")
    assert sum(each.errors_5xx + each.failed for each in releases().values()) == 0


def test_a_service_that_goes_drains_first_and_gives_its_port_back(served: Rig) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
        until(lambda: any(m.in_flight for m in served.observed().shares[0].members), "the request is at an instance")
        served.put(ServiceDesired(KEY, ()))
        until(lambda: any(m.held_by for m in served.observed().leaving), "it drains")
        client.sendall(b"x")
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
    assert served.settled().shares == ()

    def free() -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            return probe.connect_ex(("127.0.0.1", served.port)) != 0

    until(free, "nobody listens")
    seen = served.health()
    assert seen is not None and (seen.services, seen.instances) == (0, 0), "what was taken down is not counted"
    assert served.ask("GET", "/v1/services") == []


def test_a_canary_gets_its_percent(served: Rig) -> None:
    served.converge(share("v1", 2, 90), share("v2", 1, 10))
    with load(served.port) as traffic:
        until(lambda: traffic.total >= 600, "600 answers")
    assert 0.05 < traffic.answers["v2"] / traffic.total < 0.15
    assert not traffic.failures


def test_a_drain_waits_for_a_request_and_says_so(served: Rig) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
        until(lambda: any(m.in_flight for m in served.observed().shares[0].members), "the request is at an instance")
        served.put(served.desired(share("v2", 1), surge=4))
        until(lambda: any(m.held_by == "1 connections" for m in served.observed().leaving), "who holds the drain")
        client.sendall(b"x")
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
    served.settled()


@pytest.mark.parametrize(
    ("mode", "code", "more"),
    [
        ("exit", "exited", {}),
        ("sick", "never_healthy", {"ready_limit_s": 1.0}),
        ("hang", "hangs", {"ready_limit_s": 1.0}),
        ("closed", "port_not_opened", {"ready_limit_s": 1.0}),
        ("", "wrong_version", {"version": ("X-Version", "other")}),
        ("fork", "forked_away", {}),
        ("bloat", "out_of_memory", {"memory_limit_bytes": 64 << 20}),
        ("flap", "flaps", {}),
    ],
)
def test_a_bad_release_is_named_and_the_baseline_serves_on(
    served: Rig, mode: str, code: str, more: dict[str, object]
) -> None:
    baseline = {m.id for m in served.observed().shares[0].members}
    bad = share("bad", 1, 0, run_spec("bad", mode, **more))
    with load(served.port, clients=2) as traffic:
        served.put(served.desired(share("v1", 2, 100), bad))
        found = served.stuck(code)
        assert found.stuck is not None
        assert {m.id for m in found.shares[0].members} == baseline
        served.converge(share("v1", 2))
    assert (traffic.failures, traffic.refused) == ([], [])
    assert any("bad" in line.text for line in found.stuck.lines)
    kept = [decode(Failure, f) for f in list(served.ask("GET", f"/v1/services/{KEY}/evidence?release=bad"))]  # type: ignore[call-overload]
    assert any(f.code == code for f in kept)
    if mode == "exit":
        assert found.stuck.exit_code == 1
        assert Piece("cannot start: no database") in found.stuck.lines
    until(lambda: set(served.marked()) == baseline, "nothing is left of it")


def test_a_program_that_is_not_there(served: Rig) -> None:
    served.put(served.desired(share("v1", 2), ShareSpec("bad", RunSpec(("/no/such/program",), "/"), 1, 0)))
    found = served.stuck("cannot_start").stuck
    assert found is not None
    assert found.lines == (Piece("/no/such/program"),)
    assert found.what == "it could not be started: No such file or directory"


def test_what_is_asked_for_again_after_it_was_mended_is_tried_at_once(served: Rig, tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    starts = f"test -e {mended} && exec {sys.executable} -S {SERVICE} $0"
    spec = run_spec("mended", argv=("/bin/sh", "-c", starts, "{port}"))
    wanted = served.desired(share("v1", 2, 100), share("mended", 1, 0, spec))
    served.put(wanted)
    assert served.stuck("exited").stuck is not None
    mended.touch()
    assert served.put(wanted).stuck is None, "it is not told what was wrong before it was tried again"
    served.settled()


def test_one_that_ignores_sigterm_is_killed_and_noted(served: Rig) -> None:
    served.converge(share("deaf", 1, None, run_spec("deaf", "stubborn", stop_grace_s=0.3)), surge=4)
    served.converge(share("v1", 1), surge=4)
    journal = served.ask("GET", "/v1/journal?since=0")
    assert "ignores_sigterm" in str(journal)


def test_a_crashed_instance_is_replaced_without_a_failed_request(served: Rig) -> None:
    with load(served.port) as traffic:
        victim = served.observed().shares[0].members[0]
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGSTOP)  # it must not answer half of what it had begun
        time.sleep(1.5)
        os.kill(victim.pid, signal.SIGKILL)
        until(lambda: victim.id not in {m.id for m in served.observed().shares[0].members}, "its end is seen")
        served.settled()
    assert traffic.refused == []


def test_haproxy_killed_is_back_at_once_and_refuses_nobody(served: Rig) -> None:
    with load(served.port) as traffic:
        before = served.observed().proxy_pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        until(lambda: served.observed().proxy_pid not in (None, before), "another HAProxy")
        count = traffic.total
        until(lambda: traffic.total > count + 50, "answers go on")
        served.settled()
    assert traffic.refused == []


def test_a_stale_epoch_is_fenced(served: Rig) -> None:
    held = decode(EnvironmentObserved, served.ask("GET", f"/v1/environments/{ENVIRONMENT}")).epoch
    with pytest.raises(Refused) as refused:
        served.put(served.desired(share("v2", 1)), epoch=held - 1)
    assert (refused.value.status, refused.value.problem.code) == (409, "fenced")
    assert refused.value.problem.detail["epoch"] == str(held)
    assert served.observed().shares[0].release == "v1"


def test_a_taken_port_names_its_holder(served: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        desired = ServiceDesired(f"{ENVIRONMENT}.api", (share("v1", 1),), listen)
        with pytest.raises(Refused) as refused:
            served.put(desired)
    assert refused.value.problem.code == "port_taken"
    assert refused.value.problem.detail["pid"] == str(os.getpid())
    with pytest.raises(Refused) as refused:
        served.put(ServiceDesired(f"{ENVIRONMENT}.api", (share("v1", 1),), served.listen))
    assert refused.value.problem.detail["service"] == KEY


def test_jobs_run_once_and_workers_have_no_port(served: Rig, tmp_path: Path) -> None:
    job = f"{ENVIRONMENT}.migrate"
    command = ("/bin/sh", "-c", f"echo ran >> {tmp_path}/ran")
    desired = ServiceDesired(job, (ShareSpec("v1", RunSpec(command, "/", "job"), 1),))
    served.put(desired)
    assert served.settled(job).shares[0].completed
    served.put(desired)
    served.settled(job)
    assert (tmp_path / "ran").read_text() == "ran\n"
    worker = f"{ENVIRONMENT}.mail"
    served.put(ServiceDesired(worker, (ShareSpec("v1", RunSpec(("/bin/sleep", "1000"), "/", "worker"), 2),)))
    assert [m.port for m in served.settled(worker).shares[0].members] == [None, None]
    served.put(ServiceDesired(worker, ()))
    assert served.settled(worker).leaving == ()


def test_return_works_alone_and_on_a_full_disk(served: Rig) -> None:
    epoch = decode(EnvironmentObserved, served.ask("GET", f"/v1/environments/{ENVIRONMENT}")).epoch
    path = f"/v1/environments/{ENVIRONMENT}"
    for generation, release in enumerate(("v1", "v2"), 1):
        promoted = PutPromoted(epoch, generation, release, {KEY: served.desired(share(release, 1), surge=4)})
        served.ask("PUT", f"{path}/promoted", promoted)
    served.converge(share("v3", 1), surge=4)
    blocked = served.home / "supervisor" / "state.new"
    until(lambda: not blocked.exists(), "no write is under way")
    blocked.mkdir()
    try:
        with pytest.raises(Refused) as refused:
            served.put(served.desired(share("v1", 1)), epoch)
        assert refused.value.problem.code == "state_not_written"
        assert served.observed().shares[0].release == "v3"
        returned = served.ask("POST", f"{path}/return", PostReturn("current"))
        assert returned == {"epoch": epoch + 1, "generation": 2, "label": "v2", "state_saved": False}
        found = served.settled()
        assert (found.shares[0].release, found.state_saved) == ("v2", False)
    finally:
        blocked.rmdir()
    until(lambda: served.observed().state_saved, "it is written when it can be")
    served.ask("POST", f"{path}/return", PostReturn("previous"))
    assert served.settled().shares[0].release == "v1"
    with pytest.raises(Refused):
        served.put(served.desired(share("v3", 1)), epoch)
