"""Where the demo plays: a home, a repository and ports of its own, all gone at its end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from demo.reaper import KEEP, READY, members

ROOT = Path(__file__).resolve().parents[1]


class LeftBehindError(Exception):
    """A scene was cleared, and something of it is still there."""


@dataclass(frozen=True)
class Scene:
    """A scratch home, and the environment in which kr8's processes find it."""

    directory: Path
    ports: tuple[int, int, int]
    reaper: subprocess.Popen[str]

    @property
    def home(self) -> Path:
        """KR8_HOME."""
        return self.directory / "home"

    @property
    def project(self) -> Path:
        """The project that the agent makes."""
        return self.directory / "shop"

    @property
    def staging(self) -> str:
        """Where staging takes traffic."""
        return f"http://127.0.0.1:{self.ports[1]}/"

    @property
    def environment(self) -> dict[str, str]:
        """What kr8's processes are started with."""
        return {**os.environ, "KR8_HOME": str(self.home)}

    def daemon(self) -> int | None:
        """The daemon's process id."""
        try:
            return int((self.home / "run" / "daemon.lock").read_text())
        except (OSError, ValueError):
            return None

    def git(self, *arguments: str) -> str:
        """Work on the project as its author would."""
        author = ("-c", "user.name=demo", "-c", "user.email=demo@localhost")
        done = subprocess.run(
            ["git", *author, *arguments], cwd=self.project, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, path: str, old: str, new: str, message: str) -> str:
        """Change a file and commit; the version that the service will say."""
        file = self.project / path
        text = file.read_text()
        if old not in text:
            raise ValueError(f"{path} has no {old!r}")
        file.write_text(text.replace(old, new))
        self.git("commit", "--quiet", "--all", "--message", message)
        return self.git("rev-parse", "HEAD")[:12]

    def commit_all(self, message: str) -> str:
        """Commit everything that lies there; the version that the service will say."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")[:12]

    def clear(self) -> None:
        """End every process that belongs to it, in whatever state of starting, and remove everything.

        Raises LeftBehindError where that did not succeed.
        """
        self._dismiss("")
        if self.reaper.returncode:
            left = ", ".join(str(pid) for pid in members(str(self.directory))) or "none"
            raise LeftBehindError(f"Something is left of {self.directory}; processes: {left}.")

    def keep(self) -> None:
        """Leave everything as it is, for good."""
        self._dismiss(KEEP)

    def _dismiss(self, word: str) -> None:
        if self.reaper.poll() is None:
            self.reaper.communicate(word)


def make() -> Scene:
    """A new scene, which ends with this process at the latest. Its name is short: sockets lie in it."""
    directory = Path(tempfile.mkdtemp(prefix="kr8-demo-"))
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return Scene(directory, (ports[0], ports[1], ports[2]), _reaper(directory))


def _reaper(directory: Path) -> subprocess.Popen[str]:
    """The reaper of a directory, once it waits. In a session of its own: what ends this process is not to end it."""
    argv = [sys.executable, "-m", "demo.reaper", str(directory)]
    pipe = subprocess.PIPE
    reaper = subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
    assert reaper.stdout is not None
    if reaper.stdout.readline().strip() != READY:
        raise RuntimeError(f"the reaper of {directory} did not start")
    return reaper
