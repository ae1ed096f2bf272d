"""What a program that kr8 runs tries to get at. Standard library only; prints what it got, as JSON.

python3 -S probe.py HOME PID
"""

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FOREIGN = (
    "keys/identity.age",
    "kr8.db",
    "logs/other.production.api/1.jsonl",
    "releases/rel_other/release.json",
    "data/other/production/api/kept",
    "builds/bld_0000000000000000/files/code",
    "supervisor/state.json",
    "cache/checks/results",
    "tmp/kr8-ssh-other/allowed_signers",
)
"""Files of a home that nobody but kr8 may read or write."""


def furnish(home: Path) -> None:
    """Have each of these files there, where it is not."""
    for name in FOREIGN:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text("c4n4ry")


def tried(home: Path, pid: int) -> list[str]:
    """What could be done that must not be."""
    got: list[str] = []

    @contextmanager
    def attempt(what: str) -> Iterator[None]:
        try:
            yield
        except PermissionError:
            return
        except OSError as error:
            got.append(f"{what}: {error}")
            return
        got.append(what)

    acts: dict[str, Callable[[], object]] = {
        "list the home": lambda: list(home.iterdir()),
        "list temporary files": lambda: list((home / "tmp").iterdir()),
        "make a temporary file": lambda: (home / "tmp" / f"new-{os.getpid()}").write_text("x"),
        "make a file in the home": lambda: (home / "new").write_text("x"),
        "make a template": lambda: (home / "templates").mkdir(),
        "look into a process": lambda: os.read(os.open(f"/proc/{pid}/environ", os.O_RDONLY), 1),
        "write to a process": lambda: os.open(f"/proc/{pid}/mem", os.O_RDWR),
        "see the folder of a process": Path(f"/proc/{pid}/cwd").readlink,
        "signal a process": lambda: os.kill(pid, 0),
    }
    if (home / "run" / "supervisor.sock").exists():
        acts["have the supervisor run something"] = lambda: _task(home)
    for name in FOREIGN:
        acts[f"read {name}"] = (home / name).read_bytes
        acts[f"write {name}"] = lambda name=name: os.open(home / name, os.O_WRONLY)
        acts[f"remove {name}"] = (home / name).unlink
    for what, act in acts.items():
        with attempt(what):
            act()
    return got


def _task(home: Path) -> None:
    """Have the supervisor run a command, outside. PermissionError where it is refused."""
    body = json.dumps({"argv": ["/bin/true"], "cwd": "/"}).encode()
    head = f"PUT /v1/tasks/probe-{os.getpid()} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.socket(socket.AF_UNIX) as asking:
        folder = os.open(home / "run", os.O_PATH)
        asking.connect(f"/proc/self/fd/{folder}/supervisor.sock")
        asking.sendall(head.encode() + body)
        if b" 403 " in asking.recv(64):
            raise PermissionError


if __name__ == "__main__":
    print(json.dumps(tried(Path(sys.argv[1]), int(sys.argv[2]))), flush=True)
