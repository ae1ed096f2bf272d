"""A set of namespaces of the kernel: mounts, network and processes that are gone when it ends, however it ends."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.waiting import wait_for

CGROUPS = Path("/sys/fs/cgroup")
LIMIT_S = 300.0


@dataclass
class Namespaces:
    """What runs in it sees its own mounts, network and processes. The kernel ends all with its first process.

    That one is killed at the end, and when this process dies.
    """

    cgroup: Path = field(init=False)
    _first: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Namespaces:
        """Make them."""
        kinds = ("--mount", "--net", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc")
        self._first = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", *kinds, "sleep", "infinity"])
        wait_for(self._inside)
        # Where a machine has the older cgroups too, the second version is mounted beside them.
        root = CGROUPS / "unified" if (CGROUPS / "unified").is_dir() else CGROUPS
        for left in root.glob("kr8-hosts-*"):
            if not Path(f"/proc/{left.name.rpartition('-')[2]}").exists():
                _remove(left)  # of a test that was killed
        self.cgroup = root / f"kr8-hosts-{self._first.pid}"
        self.cgroup.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        """End all that runs in them."""
        self._first.kill()
        self._first.wait()
        wait_for(self._is_empty)
        _remove(self.cgroup)

    def command(self, *argv: str | Path) -> list[str]:
        """A command that runs another one in here."""
        return ["nsenter", "--target", self._inside(), "--mount", "--net", "--pid", "--ipc", "--", *map(str, argv)]

    def run(self, *argv: str | Path) -> str:
        """What a command prints that must succeed."""
        done = self.tried(*argv)
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout

    def tried(
        self, *argv: str | Path, folder: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """How a command ended, run in a folder."""
        return subprocess.run(
            self.command("env", "-C", folder or "/", *argv),
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def _inside(self) -> str:
        pid = self._first.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()

    def _is_empty(self) -> bool:
        return "populated 0" in (self.cgroup / "cgroup.events").read_text()


def _remove(cgroup: Path) -> None:
    """Remove a cgroup without processes, and those below it."""
    for folder in sorted(cgroup.rglob("*/"), reverse=True):
        folder.rmdir()
    cgroup.rmdir()
