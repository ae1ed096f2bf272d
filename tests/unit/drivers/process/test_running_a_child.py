"""One way to run a child: nothing inherited, everything limited, nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kr8.domain.problem import Refused
from kr8.domain.redact import Piece
from kr8.drivers.process.command import Command, DiskLimit, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.process.environment import environment

PROCESSES = Processes({"PATH": os.environ["PATH"], "HOME": "/nowhere", "AWS_SECRET_ACCESS_KEY": "leak"})


def run(script: str, cwd: Path, **more: object) -> Ended:
    command = Command.model_validate({"argv": ("/bin/sh", "-c", script), "cwd": cwd, **more})
    return asyncio.run(PROCESSES.run(command))


def wait_until(holds: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    return not alive(pid)


def test_the_environment_is_built_from_nothing(tmp_path: Path) -> None:
    printed = run("env", tmp_path, env={"MINE": "1"}).stdout.decode()
    names = {line.partition("=")[0] for line in printed.splitlines()}
    assert names <= {"PATH", "HOME", "LANG", "TMPDIR", "MINE", "PWD", "SHLVL", "_", "OLDPWD", "LC_CTYPE"}
    assert "MINE=1" in printed


def test_no_ambient_credentials_reach_a_child() -> None:
    hostile = {"AWS_PROFILE": "x", "KUBECONFIG": "x", "TF_CLI_ARGS": "x", "GIT_DIR": "x", "PYTHONPATH": "x"}
    assert environment({**hostile, "PATH": "/bin"}, {}) == {"PATH": "/bin", "HOME": "/", "LANG": "C.UTF-8"}


def test_streams_and_exit_code_come_back(tmp_path: Path) -> None:
    ended = run("cat; echo wrong >&2; exit 3", tmp_path, stdin=b"x" * 300_000)
    assert (ended.exit, ended.signal, ended.ok()) == (3, None, False)
    assert (len(ended.stdout), ended.stderr) == (300_000, b"wrong\n")
    assert ended.how() == "it ended with exit code 3"


def test_arguments_are_never_read_by_a_shell(tmp_path: Path) -> None:
    command = Command(argv=("printf", "%s", "$(touch owned); `id`"), cwd=tmp_path)
    assert asyncio.run(PROCESSES.run(command)).stdout == b"$(touch owned); `id`"
    assert not list(tmp_path.iterdir())


def test_input_that_nobody_reads_does_no_harm(tmp_path: Path) -> None:
    assert run("exit 0", tmp_path, stdin=b"x" * 1_000_000).ok()


def test_a_signal_is_named(tmp_path: Path) -> None:
    ended = run("kill -SEGV $$", tmp_path)
    assert (ended.exit, ended.signal) == (None, signal.SIGSEGV)
    assert ended.how() == "signal SIGSEGV ended it"


def test_a_missing_program_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        asyncio.run(PROCESSES.run(Command(argv=("no-such-program",), cwd=tmp_path)))
    assert caught.value.problem.code == "program_missing"


def test_after_its_time_it_is_asked_to_end_and_then_killed(tmp_path: Path) -> None:
    polite = run("trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done", tmp_path, limit_seconds=0.5)
    assert (polite.limit, polite.stdout) == ("time", b"bye\n")
    rude = run("trap '' TERM; while :; do sleep 0.05; done", tmp_path, limit_seconds=0.3, grace_seconds=0.2)
    assert (rude.limit, rude.signal) == ("time", signal.SIGKILL)
    assert rude.seconds < 3


def test_too_much_output_stops_it(tmp_path: Path) -> None:
    ended = run("yes", tmp_path, output_limit=100_000, grace_seconds=0.1)
    assert ended.limit == "output"
    assert len(ended.stdout) <= 100_000


def test_filling_the_disk_stops_it(tmp_path: Path) -> None:
    script = "i=0; while :; do head -c 300000 /dev/zero > f$i; i=$((i+1)); sleep 0.05; done"
    ended = run(script, tmp_path, disk=DiskLimit(directory=tmp_path, bytes=1_000_000), grace_seconds=0.1)
    assert ended.limit == "disk"
    assert "disk limit" in ended.how()


def test_a_memory_limit_holds(tmp_path: Path) -> None:
    script = f"{sys.executable} -c 'x = bytearray(400 << 20)'"
    assert run(script, tmp_path).ok()
    assert b"MemoryError" in run(script, tmp_path, memory=200 << 20).stderr


def test_memory_that_is_only_reserved_counts_for_one_limit_alone(tmp_path: Path) -> None:
    reserves = "import mmap; mmap.mmap(-1, 400 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0)"
    script = f'{sys.executable} -c "{reserves}"'
    assert run(script, tmp_path, data=200 << 20).ok() and not run(script, tmp_path, memory=200 << 20).ok()
    assert b"MemoryError" in run(f"{sys.executable} -c 'x = bytearray(400 << 20)'", tmp_path, data=200 << 20).stderr


def test_lines_are_handed_on_as_they_come(tmp_path: Path) -> None:
    seen = handed_on("echo one; printf 'ten\\rtwo\\r\\n' >&2; printf 'three'", tmp_path)
    assert seen == [Piece("one"), Piece("two"), Piece("three", goes_on=True)]


def test_endless_lines_are_cut_and_say_so(tmp_path: Path) -> None:
    seen = handed_on("seq 1000; head -c 10000 /dev/zero | tr '\\0' x; echo; echo over", tmp_path)
    assert len(seen) == 1004
    assert [(len(piece.text), *piece[1:]) for piece in seen[-4:]] == [
        (4096, False, True),
        (4096, True, True),
        (1808, True, False),
        (4, False, False),
    ]


def handed_on(script: str, cwd: Path) -> list[Piece]:
    """What a shell's line prints, as it is handed on."""
    seen: list[Piece] = []

    async def say(piece: Piece) -> None:
        seen.append(piece)

    asyncio.run(PROCESSES.run(Command(argv=("/bin/sh", "-c", script), cwd=cwd), say))
    return seen


def test_last_words_end_with_a_whole_line(tmp_path: Path) -> None:
    ended = run("yes secret", tmp_path, output_limit=100_000, grace_seconds=0.1)
    assert set(ended.last_words()) == {"secret"}


def test_a_listener_that_fails_ends_the_child(tmp_path: Path) -> None:
    async def say(piece: Piece) -> None:
        raise ValueError(piece.text)

    script = "echo $$ > pid; echo out; sleep 60"
    with pytest.raises(ValueError, match="out"):
        asyncio.run(PROCESSES.run(Command(argv=("/bin/sh", "-c", script), cwd=tmp_path), say))
    assert not alive(int((tmp_path / "pid").read_text()))


def test_what_forks_away_ends_with_it(tmp_path: Path) -> None:
    ended = run("setsid sh -c 'echo $$ > pid; exec sleep 60' & while [ ! -s pid ]; do sleep 0.01; done", tmp_path)
    assert ended.ok()
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_cancelled_caller_leaves_nothing_running(tmp_path: Path) -> None:
    async def scenario() -> None:
        command = Command(argv=("/bin/sh", "-c", "echo $$ > pid; trap '' TERM; sleep 60"), cwd=tmp_path)
        task = asyncio.create_task(PROCESSES.run(command))
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert not alive(int((tmp_path / "pid").read_text()))


PARENT = """
import asyncio, sys
from pathlib import Path
from kr8.domain.redact import Piece
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
script = "echo $$ > pid; (trap '' TERM HUP; echo $$ > ready; sleep 60) & setsid sleep 61 & echo $! > other; wait"
asyncio.run(Processes({}).run(Command(argv=("/bin/sh", "-c", script), cwd=Path(sys.argv[1]))))
"""


def test_kill_9_of_the_parent_leaves_no_child(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], env={"PYTHONPATH": "src"})
    files = [tmp_path / name for name in ("pid", "other", "ready")]
    wait_until(lambda: all(file.exists() and file.read_text() for file in files))
    parent.kill()
    parent.wait()
    for file in files:
        pid = int(file.read_text())
        wait_until(partial(gone, pid))
