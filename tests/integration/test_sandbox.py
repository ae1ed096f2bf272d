"""What kr8 runs gets at nothing of its home but its own, and does all that it did (ADR 0039)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import ENVIRONMENT, SUPERVISOR, Rig, until
from tests.support import probe, without_landlock

from kr8.supervisor.codec import decode
from kr8.supervisor.observed import TaskObserved
from kr8.supervisor.wire import RunSpec, ServiceDesired, ShareSpec, TaskSpec

KEY = f"{ENVIRONMENT}.tool"
BUILD = "bld_1111111111111111"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    home = tmp_path / "h"
    with Rig(home).start() as running:
        probe.furnish(home)
        (home / "data" / Path(*KEY.split("."))).mkdir(parents=True)
        (home / "builds" / BUILD / "files").mkdir(parents=True)
        yield running


def task(rig: Rig, name: str, *argv: str, **more: object) -> TaskObserved:
    """Run a command to its end, as a `before` hook of the service is."""
    cwd = str(rig.home / "builds" / BUILD / "files")
    spec = TaskSpec(argv, cwd, {"PATH": "/usr/bin:/bin"}, environment=ENVIRONMENT, epoch=1, service=KEY, **more)  # type: ignore[arg-type]
    rig.ask("PUT", f"/v1/tasks/{name}", spec)
    return until(lambda: ended(rig, name), f"the end of {name}")


def ended(rig: Rig, name: str) -> TaskObserved | None:
    found = decode(TaskObserved, rig.ask("GET", f"/v1/tasks/{name}"))
    return found if found.state != "running" else None


def run(rig: Rig, *argv: str, kind: str = "worker", **more: object) -> None:
    """Have the service be this."""
    files = str(rig.home / "builds" / BUILD / "files")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(rig.home / "data" / Path(*KEY.split(".")))}
    spec = RunSpec(argv, files, kind, env, **more)  # type: ignore[arg-type]
    rig.put(ServiceDesired(KEY, (ShareSpec("v1", spec, 1),)))


def printed(rig: Rig, until_line: str = "") -> list[str]:
    """What the service has printed, as soon as there is something, or that line."""

    def look() -> list[str]:
        files = sorted((rig.home / "logs" / KEY).glob("*.jsonl"))
        lines = [json.loads(line)["line"] for file in files for line in file.read_text().splitlines()]
        return lines if not until_line or until_line in lines else []

    return until(look, "output")


def got(rig: Rig) -> tuple[str, ...]:
    """The probe's command line: it looks for the home, and at the supervisor."""
    assert rig.process is not None
    return (sys.executable, "-S", probe.__file__, str(rig.home), str(rig.process.pid))


def test_the_probe_gets_at_everything_where_nothing_is_closed(rig: Rig) -> None:
    assert rig.process is not None
    assert len(probe.tried(rig.home, rig.process.pid)) == len(probe.FOREIGN) * 3 + 9


def test_a_service_gets_at_nothing_of_the_home_and_at_no_process(rig: Rig) -> None:
    run(rig, "/bin/sh", "-c", f"{' '.join(got(rig))}; sleep 60")
    assert json.loads(printed(rig)[0]) == []


def test_a_command_that_runs_before_gets_at_nothing_either(rig: Rig) -> None:
    seen = task(rig, "look", *got(rig))
    assert (seen.state, seen.exit_code) == ("exited", 0)
    assert json.loads(seen.tail[0].text) == []


def test_a_service_cannot_look_into_another(rig: Rig) -> None:
    run(rig, "/bin/sleep", "60")
    (pid,) = until(lambda: next(iter(rig.marked().values()), None), "the service")
    seen = task(rig, "look", "/bin/sh", "-c", f"cat /proc/{pid}/environ; kill -0 {pid}; true")
    assert [piece.text.split(": ")[-1] for piece in seen.tail if piece.text] == [
        "Permission denied",
        "Operation not permitted",
    ]


OWN = """\
import os, pathlib, tempfile
home = pathlib.Path(os.environ["HOME"])
pathlib.Path("in-the-build").write_text("x")
(home / "kept").write_text("x"); (home / "kept").rename(home / "moved")
(home / "deep").mkdir(); (home / "moved").rename(home / "deep" / "moved"); os.link(home / "deep/moved", "linked")
with tempfile.TemporaryFile() as file: file.write(b"x")
with open("/dev/shm/kr8-%d" % os.getpid(), "w") as file: os.unlink(file.name)
open("/dev/null", "w").write("x"); open("/etc/passwd").read(); os.listdir("/proc"); os.listdir("/usr")
with open("/dev/stdout", "w") as out: out.write("by stdout\\n")
with open("/dev/stderr", "w") as out: out.write("by stderr\\n")
print("done", flush=True)
"""


@pytest.mark.parametrize("kind", ["worker", "job"])
def test_a_service_has_its_build_its_data_its_output_and_the_system(rig: Rig, kind: str) -> None:
    run(rig, "/bin/sh", "-c", f"{sys.executable} -S -c '{OWN}'; exec sleep 2", kind=kind)
    assert set(printed(rig, "done")) == {"by stdout", "by stderr", "done"}


def test_a_service_writes_beside_the_home_as_its_user_may(rig: Rig) -> None:
    beside = rig.home.parent / "uploads"
    beside.mkdir()
    run(rig, "/bin/sh", "-c", f"echo 1 > {beside}/file && echo done; sleep 60")
    assert printed(rig) == ["done"] and (beside / "file").read_text() == "1\n"


def test_a_service_writes_nothing_that_the_daemon_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, places = tmp_path / "h", [tmp_path / name for name in ("bin", "tools", "providers")]
    for place in places:
        place.mkdir()
        (place / "program").write_text("kr8 runs it")
    monkeypatch.setenv("PATH", f"{places[0]}:{os.environ['PATH']}")
    monkeypatch.setenv("KR8_TOOLS", str(places[1]))
    monkeypatch.setenv("KR8_PROVIDERS", str(places[2]))
    with Rig(home).start() as rig:
        (home / "builds" / BUILD / "files").mkdir(parents=True)
        lines = [f"cat {place}/program; echo x > {place}/program; mv {place} {place}-away" for place in places]
        seen = task(rig, "write", "/bin/sh", "-c", "; ".join([*lines, "true"]))
    told = " ".join(piece.text for piece in seen.tail)
    assert told.count("kr8 runs it") == 3 and told.count("Permission denied") == 6
    assert all((place / "program").read_text() == "kr8 runs it" for place in places)


DISKS = """\
import os, stat
for entry in os.scandir("/dev"):
    if stat.S_ISBLK(entry.stat(follow_symlinks=False).st_mode):
        try: os.close(os.open(entry.path, os.O_RDONLY | os.O_NONBLOCK))
        except PermissionError: continue
        except OSError: pass
        print(entry.path)
open("/dev/null", "w").write("x")
print("done")
"""


def test_a_service_reads_no_disk_past_its_rules(rig: Rig) -> None:
    """Who may open a disk reads the home on it."""
    seen = task(rig, "disks", sys.executable, "-S", "-c", DISKS)
    assert [piece.text for piece in seen.tail if piece.text] == ["done"]


@pytest.mark.parametrize("code", [0, 7])
def test_a_job_and_a_command_tell_how_they_ended(rig: Rig, code: int) -> None:
    assert task(rig, "ends", "/bin/sh", "-c", f"exit {code}").exit_code == code
    assert task(rig, "killed", "/bin/sh", "-c", "kill -9 $$").signal == 9
    run(rig, "/bin/sh", "-c", f'test -z "$(cat)" && exit {code}', kind="job")
    if code:
        failures = until(lambda: rig.ask("GET", f"/v1/services/{KEY}/evidence"), "evidence")
        assert isinstance(failures, list) and failures[0]["exit_code"] == code
    else:
        rig.settled(KEY)


def test_what_is_given_is_read_and_nothing_beside_it(rig: Rig) -> None:
    given = (str(rig.home / "keys" / "identity.age"),)
    line = f"cat <&$KR8_GIVEN; cat {given[0]} || echo; ls -l /proc/self/fd | wc -l"
    seen = task(rig, "given", "/bin/bash", "-c", line, "launcher", "--", "/bin/true", given=given)
    assert seen.tail[0].text.startswith("c4n4ry")
    assert "Permission denied" in "".join(piece.text for piece in seen.tail)


def test_what_cannot_be_given_is_named(rig: Rig) -> None:
    run(rig, "/bin/launcher", "--", "/bin/true", given=(str(rig.home / "nothing"),))
    failures = until(lambda: rig.ask("GET", f"/v1/services/{KEY}/evidence"), "evidence")
    assert isinstance(failures, list) and "nothing" in json.dumps(failures[0])


def test_where_the_kernel_has_no_landlock_all_runs_as_before(tmp_path: Path) -> None:
    with Rig(tmp_path / "h").start(without_landlock.__file__, *SUPERVISOR) as bare:
        (bare.home / "builds" / BUILD / "files").mkdir(parents=True)
        asked = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))"
        seen = task(bare, "asks", sys.executable, "-c", asked)
        assert (seen.exit_code, seen.tail[0].text) == (0, "-1"), "the kernel answers after all"
        run(bare, "/bin/sh", "-c", f"ls {bare.home}/supervisor && echo done; sleep 60")
        assert "state.json" in printed(bare, "done")
