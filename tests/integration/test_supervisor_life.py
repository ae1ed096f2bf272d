"""The supervisor's own life: one for a home, killed, upgraded, stopped; tasks and the daemon that it keeps."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import KEY, ROOT, Refused, Rig, haproxy, load, share, until

from kr8.supervisor.codec import decode
from kr8.supervisor.observed import Piece, TaskObserved
from kr8.supervisor.wire import DaemonSpec, TaskSpec

ENV = {"PATH": os.environ["PATH"]}


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig(tmp_path_factory.mktemp("life") / "home") as rig:
        rig.start()
        rig.converge(share("v1", 2), surge=4)
        yield rig


def task(rig: Rig, name: str, *argv: str, **more: object) -> TaskObserved:
    """Put a task."""
    spec = TaskSpec(argv, "/", ENV, **more)  # type: ignore[arg-type]
    return decode(TaskObserved, rig.ask("PUT", f"/v1/tasks/{name}", spec))


def over(rig: Rig, name: str) -> TaskObserved:
    """Wait for a task's end."""
    return decode(TaskObserved, rig.ask("GET", f"/v1/tasks/{name}?wait_s=15"))


def test_a_second_supervisor_is_refused(rig: Rig) -> None:
    command = [sys.executable, "-m", "kr8.supervisor", "--home", str(rig.home), "--haproxy", haproxy()]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 3
    assert "runs for" in done.stderr


def test_memory_with_the_proxy_is_small(rig: Rig) -> None:
    health = rig.health()
    assert health is not None
    assert health.proxy_pid is not None
    total = sum(_pss_kb(pid) for pid in (health.pid, health.proxy_pid))
    assert total <= 40_000, f"{total} kB"


def test_killed_it_adopts_everything_under_load(rig: Rig) -> None:
    before = rig.observed()
    with load(rig.port) as traffic:
        rig.kill()
        count = traffic.total
        until(lambda: traffic.total > count + 50, "traffic goes on without it")
        rig.start()
        after = rig.settled()
    assert (traffic.failures, traffic.refused) == ([], [])
    assert {m.pid for m in after.shares[0].members} == {m.pid for m in before.shares[0].members}
    assert after.proxy_pid == before.proxy_pid


def test_output_written_while_it_was_dead_is_in_the_log(rig: Rig) -> None:
    member = rig.observed().shares[0].members[0]
    log = rig.home / "logs" / KEY / f"{member.id}.jsonl"
    assert "listening v1" in log.read_text()
    rig.kill()
    assert member.pid is not None
    stderr = Path(f"/proc/{member.pid}/fd/2")
    with stderr.open("w") as file:
        file.write("said in the dark\n")
    rig.start()
    until(lambda: "said in the dark" in log.read_text(), "the line")


def test_upgraded_in_place_it_is_the_same_process_and_drops_nothing(rig: Rig) -> None:
    before = rig.converge(share("v1", 2), restart=1)  # children of this very process
    with load(rig.port) as traffic:
        health = rig.health()
        assert health is not None
        rig.ask("POST", "/v1/upgrade")

        def again() -> bool:
            now = rig.health()
            return now is not None and now.started != health.started

        until(again, "the next image")
        now = rig.health()
        assert now is not None
        assert now.pid == health.pid
        after = rig.settled()
        assert {m.pid for m in after.shares[0].members} == {m.pid for m in before.shares[0].members}
        victim = after.shares[0].members[0]
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGTERM)  # it is still our child: its exit is known, and it is replaced
        until(lambda: victim.id not in {m.id for m in rig.observed().shares[0].members}, "its end is seen")
        rig.settled()
    assert traffic.refused == []
    assert "was killed by signal 15" in str(rig.ask("GET", "/v1/journal?since=0"))


def test_after_a_reboot_everything_desired_comes_back(rig: Rig) -> None:
    health, observed = rig.health(), rig.observed()
    assert health is not None
    assert health.proxy_pid is not None
    rig.kill()
    os.kill(health.proxy_pid, signal.SIGKILL)
    for member in observed.shares[0].members:
        assert member.pid is not None
        os.kill(member.pid, signal.SIGKILL)
    rig.start()
    assert rig.settled().shares[0].ready == 2
    with load(rig.port) as traffic:
        until(lambda: traffic.total > 50, "answers")


def test_a_task_runs_once_and_tells_its_end(rig: Rig, tmp_path: Path) -> None:
    command = ("/bin/sh", "-c", f"echo x >> {tmp_path}/count; echo out; echo err >&2; exit 7")
    task(rig, "build-1", *command)
    done = over(rig, "build-1")
    assert (done.state, done.exit_code, done.tail) == ("exited", 7, (Piece("out"), Piece("err")))
    assert task(rig, "build-1", *command) == done
    assert (tmp_path / "count").read_text() == "x\n"
    with pytest.raises(Refused):
        task(rig, "build-1", "/bin/true")


def test_the_last_lines_of_a_task_say_where_they_were_cut(rig: Rig) -> None:
    print_it = "import sys; sys.stdout.buffer.write(b'x' + 'ö'.encode() * 5000 + b'\\nlast'); sys.stdout.flush()"
    task(rig, "long-line", sys.executable, "-c", print_it)
    done = over(rig, "long-line")
    assert done.tail == (Piece("ö" * ((8192 - 5) // 2), continues=True), Piece("last", goes_on=True))


@pytest.mark.parametrize(("name", "limit"), [("late", "timed_out"), ("big", "disk_limit"), ("unwanted", "killed")])
def test_a_task_that_is_over_its_limit_is_ended_with_its_children(
    rig: Rig, tmp_path: Path, name: str, limit: str
) -> None:
    big: dict[str, object] = {"directory": str(tmp_path), "disk_limit_bytes": 1 << 20}
    more = {"late": {"limit_s": 0.3}, "big": big}.get(name, {})
    fill = f"dd if=/dev/zero of={tmp_path}/big bs=1M count=4 2>/dev/null; setsid sleep 1000 & sleep 1000"
    task(rig, name, "/bin/sh", "-c", fill, **more)
    if name == "unwanted":
        rig.ask("DELETE", f"/v1/tasks/{name}")
    assert over(rig, name).state == limit
    until(lambda: f"task:{name}" not in rig.marked(), "its children are gone")


def test_a_task_outlives_the_supervisor_and_is_never_run_again(rig: Rig, tmp_path: Path) -> None:
    task(rig, "long", "/bin/sh", "-c", f"echo x >> {tmp_path}/count; sleep 1; exit 5")
    task(rig, "short", "/bin/sh", "-c", f"echo x >> {tmp_path}/count; sleep 0.2; exit 6")
    until(lambda: (tmp_path / "count").exists() and (tmp_path / "count").read_text() == "x\nx\n", "both run")
    rig.kill()
    time.sleep(0.4)
    rig.start()
    assert (over(rig, "short").state, over(rig, "short").exit_code) == ("exited", 6)
    assert (over(rig, "long").state, over(rig, "long").exit_code) == ("exited", 5)
    assert (tmp_path / "count").read_text() == "x\nx\n"


def test_the_daemon_is_kept_running(rig: Rig) -> None:
    argv = ("/bin/sleep", "1000")
    daemon = subprocess.Popen(argv)  # ours, not the supervisor's child
    rig.ask("PUT", "/v1/daemon", DaemonSpec(argv, daemon.pid, ENV))
    daemon.kill()
    daemon.wait()
    second = until(lambda: _daemon(rig, daemon.pid), "another daemon", 2.0)
    rig.kill()
    os.kill(second, signal.SIGKILL)
    rig.start()
    third = until(lambda: _daemon(rig, second), "the daemon after both died", 5.0)
    rig.ask("DELETE", "/v1/daemon")
    os.kill(third, signal.SIGKILL)
    time.sleep(0.3)
    assert _daemon(rig, third) is None


def _daemon(rig: Rig, before: int) -> int | None:
    health = rig.health()
    return None if health is None or health.daemon_pid == before else health.daemon_pid


def test_shutdown_keeps_or_stops_the_services(tmp_path: Path) -> None:
    with Rig(tmp_path / "home") as rig:
        rig.start()
        before = rig.converge(share("v1", 1))
        with load(rig.port) as traffic:
            rig.ask("POST", "/v1/shutdown", {"services": "keep"})
            assert rig.process is not None
            assert rig.process.wait(10) == 0
            count = traffic.total
            until(lambda: traffic.total > count + 20, "traffic goes on")
            rig.start()
            assert rig.settled().shares[0].members[0].pid == before.shares[0].members[0].pid
        assert (traffic.failures, traffic.refused) == ([], [])
        rig.ask("POST", "/v1/shutdown", {"services": "stop"})
        assert rig.process.wait(10) == 0
        assert rig.marked() == {}
        rig.start()
        assert rig.settled().shares[0].ready == 1


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def test_a_proxy_killed_at_the_moment_of_a_switch_loses_only_what_it_held(tmp_path: Path) -> None:
    """No moment of a switch has a configuration from which nobody would be sent anything."""
    with Rig(tmp_path / "home").start() as rig:
        rig.converge(share("v1", 1))
        with load(rig.port) as traffic:
            for old, new in (("v1", "v2"), ("v2", "v1")) * 3:
                proxy = rig.converge(share(old, 1, 100), share(new, 1, 0)).proxy_pid
                assert proxy is not None
                rig.put(rig.desired(share(old, 1, 0), share(new, 1, 100)))
                os.kill(proxy, signal.SIGKILL)
                until(lambda proxy=proxy: rig.observed().proxy_pid not in (None, proxy), "another proxy")
                rig.settled()
                until(lambda new=new, count=traffic.answers[new]: traffic.answers[new] > count + 20, f"{new} answers")
        assert traffic.refused == []
        assert [each for each in traffic.failures if each.startswith("5")] == []
        assert len(traffic.failures) <= 6 * 2 * traffic.clients, "a client may meet the same death twice"
