"""Where the demo plays: a home, a repository and ports of its own, all gone at its end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Scene:
    """A scratch home, and the environment in which kr8's processes find it."""

    directory: Path
    ports: tuple[int, int, int]

    @property
    def home(self) -> Path:
        """KR8_HOME."""
        return self.directory / "home"

    @property
    def project(self) -> Path:
        """The project that the agent makes."""
        return self.directory / "shop"

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

    def clear(self) -> None:
        """End the daemon, then the supervisor with all services, then remove everything."""
        end(self.daemon())
        subprocess.run(
            [sys.executable, "-m", "demo.shutdown", str(self.home)],
            cwd=ROOT,
            check=False,
            capture_output=True,
            timeout=30,
        )
        shutil.rmtree(self.directory, ignore_errors=True)


def end(pid: int | None) -> None:
    """Ask a process to end and wait until it has."""
    if pid is None:
        return
    try:
        os.kill(pid, signal.SIGTERM)
        for _ in range(200):
            os.kill(pid, 0)
            time.sleep(0.05)
    except ProcessLookupError:
        return


def make() -> Scene:
    """A new scene. Its name is short: sockets lie in it."""
    directory = Path(tempfile.mkdtemp(prefix="kr8-demo-"))
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return Scene(directory, (ports[0], ports[1], ports[2]))
