"""What the tests of the command line share."""

from pathlib import Path
from typing import Any

from tests.support.command_line import CommandLine
from tests.support.socket_server import Answer, SocketServer

DIGEST = "d" * 64
TOML = """
[project]
name = "shop"
id = "prj_7k2m9q"
[services.api]
[services.web]
[environments.development]
[environments.production]
"""


class Place:
    """A home, a project's folder and a command line, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.project = folder / "shop"
        self.project.mkdir(parents=True)
        (self.project / "kr8.toml").write_text(TOML)
        self.kr8 = CommandLine(self.home, self.project)

    def daemon(self, answer: Answer) -> SocketServer:
        """Something that answers in the daemon's place."""
        return SocketServer(self.home / "run" / "api.sock", answer)

    def supervisor(self, answer: Answer) -> SocketServer:
        """Something that answers in the supervisor's place."""
        return SocketServer(self.home / "run" / "supervisor.sock", answer)

    def without_daemon(self) -> None:
        """Make it impossible to start one: its log cannot be written."""
        self.home.mkdir(exist_ok=True)
        (self.home / "logs").write_text("")


def deployment(state: str, **more: Any) -> dict[str, Any]:
    """A DeploymentView as the daemon sends it."""
    return {
        "id": "dep_1",
        "project": "prj_7k2m9q",
        "environment": "production",
        "kind": "deploy",
        "state": state,
        "next_step": "",
        "commit": "a" * 40,
        "digest": None if state == "planning" else DIGEST,
        "touches": None if state == "planning" else "1 service that takes traffic in production",
        "undone_by": None if state == "planning" else "kr8 rollback production",
        "changes": [
            {
                "service": "web",
                "release": "rel_1",
                "version": "aaaaaaaaaaaa",
                "replaces": "bbbbbbbbbbbb",
                "instances": 2,
                "untrusted_runs_before": ["alembic", "upgrade", "head"],
            }
        ],
        "findings": [],
        "requested_by": "ann (cli)",
        "stages": [],
        "ledger": [],
        "problem": None,
        "evidence": [],
        **more,
    }


def stage(name: str, result: str, *gates: tuple[str, str, str]) -> dict[str, Any]:
    """A stage of the service web."""
    said = [dict(zip(("gate", "verdict", "why"), gate, strict=True)) for gate in gates]
    return {"service": "web", "name": name, "result": result, "gates": said}


class Story:
    """Answers each call of an operation with the next of its values, the last one for ever."""

    def __init__(self, *values: Any) -> None:
        self._values = list(values)

    def __call__(self, _arguments: dict[str, Any]) -> Any:
        return self._values.pop(0) if len(self._values) > 1 else self._values[0]
