"""The tables of the kernel's interface, and what a process that entered can and cannot do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kr8.sandbox import landlock
from kr8.sandbox.enclosure import rules
from kr8.sandbox.landlock import NOTHING, READ, WRITE, Right, Scope, enter, handled, ruleset, scopes


@pytest.mark.parametrize(
    ("version", "rights"),
    [(1, 0x1FFF), (2, 0x3FFF), (3, 0x7FFF), (4, 0x7FFF), (5, 0xFFFF), (6, 0xFFFF), (8, 0xFFFF), (9, 0x1FFFF)],
)
def test_a_kernel_is_asked_for_no_right_that_it_does_not_know(version: int, rights: int) -> None:
    assert handled(version) == rights


def test_signals_and_abstract_sockets_are_kept_inside_since_version_6() -> None:
    assert (scopes(5), scopes(6)) == (Scope(0), Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET)


def test_nobody_makes_devices() -> None:
    assert not WRITE & (Right.MAKE_BLOCK | Right.MAKE_CHAR)


def sandboxed(
    allowed: Mapping[str, int], *argv: str, user: int | None = None, offline: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a program inside."""
    with ruleset(allowed, offline=offline) as held:

        def inside() -> None:
            if user is not None:
                os.setuid(user)
            enter(held)

        return subprocess.run(argv, preexec_fn=inside, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("offline", [True, False])
def test_whoever_needs_no_network_has_no_tcp(offline: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        asking = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}))"
        done = sandboxed({"/": WRITE}, sys.executable, "-I", "-c", asking, offline=offline)
    assert ("PermissionError" in done.stderr) is offline and (done.returncode == 0) is not offline


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder with a secret."""
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "secret").write_text("secret")
    return folder


def all_but(folder: Path) -> dict[str, int]:
    return rules(WRITE, {str(folder): NOTHING})


def test_what_is_closed_cannot_be_read_listed_written_or_removed_and_the_rest_goes_on(closed: Path) -> None:
    beside = closed.parent / "beside"
    beside.mkdir()
    allowed = all_but(closed)
    for line in (
        f"cat {closed}/secret",
        f"ls {closed}",
        f"echo more >> {closed}/secret",
        f"echo > {closed}/new",
        f"rm {closed}/secret",
        f"mv {closed}/secret {beside}/",
        f"ln {closed}/secret {beside}/",
        f"cd {closed} && cat secret",
        f"ln -s {closed} {beside}/way && cat {beside}/way/secret",
    ):
        ended = sandboxed(allowed, "sh", "-c", line)
        assert (ended.returncode != 0, ended.stdout) == (True, ""), line
    done = sandboxed(
        allowed, "sh", "-c", f"echo a > {beside}/a && mv {beside}/a {beside}/b && cat {beside}/b /etc/passwd"
    )
    assert done.returncode == 0 and done.stdout.startswith("a\n"), done.stderr
    assert (closed / "secret").read_text() == "secret"


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """A process outside, with something in its environment."""
    process = subprocess.Popen(["sleep", "60"], env={**os.environ, "TOKEN": "c4n4ry"})
    yield process
    process.kill()
    process.wait()


LOOKS = """\
import os, sys
pid, found = int(sys.argv[1]), []
for name in ("environ", "mem", "maps", "auxv", "io"):
    try:
        held = os.open(f"/proc/{pid}/{name}", os.O_RDONLY)
        _ = name == "mem" or os.read(held, 1)
        found.append(name)
    except PermissionError:
        pass
for name in ("cwd", "root", "exe", "fd/0"):
    try:
        os.readlink(f"/proc/{pid}/{name}")
        found.append(name)
    except PermissionError:
        pass
print(*found)
"""


def test_processes_outside_cannot_be_looked_into_by_root_either(closed: Path, other: subprocess.Popen[bytes]) -> None:
    look = ("/usr/bin/env", "python3", "-S", "-c", LOOKS, str(other.pid))
    assert "environ" in subprocess.run(look, capture_output=True, text=True, check=True).stdout
    assert sandboxed(all_but(closed), *look).stdout == "\n"


@pytest.mark.skipif(landlock.version() < landlock.SIGNALS_SINCE, reason="the kernel keeps no signals inside")
def test_processes_outside_cannot_be_signalled(closed: Path, other: subprocess.Popen[bytes]) -> None:
    assert sandboxed(all_but(closed), "kill", "-KILL", str(other.pid)).returncode != 0
    time.sleep(0.05)
    assert other.poll() is None
    own = sandboxed(all_but(closed), "sh", "-c", "sleep 60 & kill -TERM $! && wait $!")
    assert own.returncode == 128 + signal.SIGTERM


@pytest.mark.skipif(landlock.version() < landlock.SIGNALS_SINCE, reason="the kernel keeps no sockets inside")
def test_abstract_sockets_outside_cannot_be_connected_to(closed: Path) -> None:
    name = f"kr8-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"\0{name}")
        listening.listen()
        code = f"import socket; socket.socket(socket.AF_UNIX).connect('\\0{name}')"
        assert subprocess.run([sys.executable, "-S", "-c", code], check=False).returncode == 0
        assert "PermissionError" in sandboxed(all_but(closed), sys.executable, "-S", "-c", code).stderr


def test_it_is_not_given_back(closed: Path) -> None:
    line = f"import os, sys; sys.path.insert(0, {str(Path(landlock.__file__).parents[2])!r})\n"
    line += "from kr8.sandbox.landlock import *\n"
    line += f"with ruleset({{'/': int(WRITE)}}) as held: enter(held)\nopen({str(closed / 'secret')!r})"
    assert "PermissionError" in sandboxed(all_but(closed), sys.executable, "-S", "-c", line).stderr


def test_a_system_that_may_be_read_is_not_written(closed: Path) -> None:
    here = closed.parent
    allowed = rules(READ, {str(here): READ, str(here / "own"): WRITE})
    (here / "own").mkdir()
    assert sandboxed(allowed, "sh", "-c", f"echo > {here}/new").returncode != 0
    assert sandboxed(allowed, "sh", "-c", f"chmod 700 {here}/own; ls / && echo > {here}/own/new").returncode == 0
