"""A whole kr8 of its own: home, ports, a project with small services, and every way to talk to it.

The real thing: daemon, supervisor, HAProxy, git, the command line as a process, an MCP client over the bridge.
"""

from __future__ import annotations

import itertools
import json
import os
import pwd
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import tomlkit
from demo.reaper import members
from tests.support.agent import Agent, Refusal
from tests.support.load import Load
from tests.support.waiting import wait_for

from kr8.surfaces.cli.socket_http import ask

ROOT = Path(__file__).resolve().parents[2]
SHOP = Path(__file__).with_name("shop")
KR8 = (sys.executable, "-P", "-m", "kr8")
ENDED = frozenset({"succeeded", "failed", "rolled_back", "cancelled", "stale", "superseded"})
SETTLED = ENDED | {"awaiting_approval", "stuck"}
LIMIT_S = 60.0
WEB = "prj_shop01.development.web"


@dataclass(frozen=True)
class Said:
    """What a command has said."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> dict[str, Any]:
        """The JSON that it printed last."""
        told: dict[str, Any] = json.loads(self.out.strip().splitlines()[-1] if "\n{" in self.out else self.out)
        return told

    @property
    def problem(self) -> dict[str, Any]:
        """The problem in that JSON."""
        told: dict[str, Any] = self.value["problem"]
        return told


class Scene:
    """One home. `close` ends every process in it; so does the end of this process."""

    def __init__(self, home: Path | None = None, **environment: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="k8-"))
        self.home = home or self.directory / "h"
        self.project = self.directory / "shop"
        self.beside = self.directory / "beside"
        """Where services may write: in the folder of the home itself they may make nothing new."""
        self.beside.mkdir()
        self.ports = free_ports(6)
        self.variables = {**os.environ, "KR8_HOME": str(self.home), "KR8_SCENE": str(self.directory), **environment}
        self.variables.pop("PYTHONDONTWRITEBYTECODE", None)
        self._commits = 0
        self._reaper = subprocess.Popen(
            [sys.executable, "-m", "demo.reaper", str(self.directory)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def close(self) -> None:
        """End everything and remove it."""
        if "agent" in self.__dict__:
            with suppress(Exception):
                self.agent.close()
        self._reaper.communicate(timeout=60)

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- the project

    def declare(self, **environments: Mapping[str, Any]) -> None:
        """Write a kr8.toml of one service `web` with the environments given; without any: a rolling development."""
        self.write_toml(
            {"web": web()}, environments or {"development": {"strategy": rolling(), "listen": {"web": self.at(0)}}}
        )

    def write_toml(
        self, services: Mapping[str, Any], environments: Mapping[str, Any], project: Mapping[str, Any] | None = None
    ) -> None:
        """Write kr8.toml."""
        head = {"name": "shop", "id": "prj_shop01", **(project or {})}
        text = tomlkit.dumps({"project": head, "services": services, "environments": environments})
        self.project.mkdir(exist_ok=True)
        (self.project / "kr8.toml").write_text(text)

    def start_project(self) -> str:
        """A repository with the service of the tests and the kr8.toml that was written, and a daemon; its version."""
        self.git("init", "--quiet", "--initial-branch", "main")
        (self.project / "app.py").write_text((SHOP / "app.py").read_text())
        self.serve()
        return self.behave("ok")

    def at(self, number: int) -> str:
        """An address for a service."""
        return f"127.0.0.1:{self.ports[number]}"

    def git(self, *arguments: str) -> str:
        """Work on the project as its author would."""
        author = ("-c", "user.name=author", "-c", "user.email=author@localhost", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *author, *arguments], cwd=self.project, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str] | None = None) -> str:
        """Commit all, with files written first; the version that the services then say."""
        self._commits += 1
        for path, text in {"count": str(self._commits), **(files or {})}.items():
            file = self.project / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Change {self._commits}")
        return self.git("rev-parse", "HEAD")[:12]

    def behave(self, mode: str) -> str:
        """Commit another behaviour of the service; its version."""
        return self.commit({"behaviour.json": json.dumps({"mode": mode})})

    # -- ways to talk to it

    @cached_property
    def agent(self) -> Agent:
        """The MCP client."""
        return Agent(self.variables, self.directory)

    def cli(
        self, *arguments: str, text: str = "", code: int | None = 0, where: Path | None = None, as_json: bool = True
    ) -> Said:
        """Run `kr8` in the project; fails where its exit code is another than `code` (None: any)."""
        argv = [*KR8, *arguments, *(["--json"] if as_json else [])]
        place = where or (self.project if self.project.exists() else self.directory)
        done = subprocess.run(
            argv, cwd=place, env=self.variables, input=text, capture_output=True, text=True, timeout=150, check=False
        )
        assert code is None or done.returncode == code, f"{argv[4:]}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return Said(done.returncode, done.stdout, done.stderr)

    def op(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Do an operation over the daemon's socket, as the command line does. Raises Refusal, OSError."""
        answer = self.answer(name, arguments)
        if "problem" in answer:
            raise Refusal(answer["problem"])
        result: dict[str, Any] = answer["result"]
        return result

    def answer(self, name: str, arguments: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        """The daemon's whole answer over its socket, a refusal too. Raises OSError."""
        known = {"X-Kr8-Caller": user(), "X-Kr8-Directory": quote(str(self.project))}
        where = self.home / "run" / "api.sock"
        found: dict[str, Any] = ask(where, "POST", f"/v1/operations/{name}", arguments, known | headers)[1]
        return found

    def supervisor(self, method: str, path: str, body: object = None) -> Any:
        """Ask the supervisor."""
        status, value = ask(self.home / "run" / "supervisor.sock", method, path, body)
        assert status == 200, value
        return value

    # -- deployments

    def serve(self) -> None:
        """Have a daemon run that answers."""
        self.cli("doctor", code=None)

    def see(self, deployment: str, wait_s: float = 0) -> dict[str, Any]:
        """The whole of a deployment."""
        return self.read("get_deployment", deployment=deployment, detail=True, wait_s=wait_s)

    def read(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Do an operation that only reads, again while the daemon is just being started again."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            try:
                return self.op(name, **arguments)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def until(
        self, deployment: str, there: Callable[[dict[str, Any]], bool], limit_s: float = LIMIT_S
    ) -> dict[str, Any]:
        """The deployment as soon as something holds of it."""
        deadline = time.monotonic() + limit_s
        while not there(seen := self.see(deployment)):
            assert time.monotonic() < deadline, f"still {brief(seen)}\n{self.daemon_says()}"
            time.sleep(0.02)
        return seen

    def ended(self, deployment: str, state: str = "succeeded", limit_s: float = LIMIT_S) -> dict[str, Any]:
        """The deployment at its end, which must be `state`."""
        seen = self.until(deployment, lambda each: each["state"] in SETTLED, limit_s)
        if seen["replaced_by"] and state not in ("stale",):
            return self.ended(seen["replaced_by"], state)
        assert seen["state"] == state, f"{brief(seen)}\n{self.daemon_says()}"
        return seen

    def deploy(self, environment: str = "development", state: str = "succeeded", **arguments: Any) -> dict[str, Any]:
        """Plan and run in one call, to its end."""
        opened = self.op("deploy_project", environment=environment, **arguments)
        return self.ended(opened["id"], state)

    def in_stage(self, deployment: str, name: str) -> dict[str, Any]:
        """The deployment as soon as a stage of that name has begun."""
        return self.until(deployment, lambda each: any(stage["name"] == name for stage in each["stages"]))

    def until_observed(self, there: Callable[[dict[str, Any]], bool], key: str = WEB) -> dict[str, Any]:
        """What the supervisor has of a service, as soon as something holds of it."""

        def look() -> dict[str, Any] | None:
            seen: dict[str, Any] = self.supervisor("GET", f"/v1/services/{key}/observed")
            return seen if there(seen) else None

        return wait_for(look, LIMIT_S)

    def generation(self, environment: str = "development") -> int:
        """How often the environment was promoted."""
        found = self.read("get_history", environment=environment)["promotions"]
        return int(found[0]["generation"]) if found else 0

    def load(self, number: int = 0, rate: int = 250, versions: tuple[str, ...] = (), **more: str) -> Load:
        """Requests to one of the addresses."""
        report = self.directory / f"load-{time.monotonic_ns()}.json"
        return Load(f"http://{self.at(number)}/", report, rate, versions, **more)

    def get(self, path: str = "/", number: int = 0, body: bytes | None = None) -> tuple[int, dict[str, str], str]:
        """One request through the proxy: status, headers, text."""
        connection = HTTPConnection("127.0.0.1", self.ports[number], timeout=20)
        try:
            connection.request("GET" if body is None else "POST", path, body)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def until_refused(self, number: int = 0) -> None:
        """Until nobody listens: where HAProxy is just closing a socket, who still came is reset or told 503."""
        wait_for(lambda: self._refuses(number), 5)

    def _refuses(self, number: int) -> bool:
        try:
            status = self.get(number=number)[0]
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            return False
        assert status == 503, f"somebody answers at {self.at(number)}"
        return False

    def version(self, number: int = 0) -> str:
        """Which version answers."""
        return self.get("/", number)[1]["x-app-version"]

    # -- its processes

    @property
    def daemon(self) -> int:
        """The daemon's process id."""
        return int((self.home / "run" / "daemon.lock").read_text())

    @property
    def supervisor_pid(self) -> int:
        """The supervisor's process id."""
        return int(self.supervisor("GET", "/v1/health")["pid"])

    @property
    def proxy_pid(self) -> int:
        """The process id of the HAProxy that takes traffic."""
        key = "/v1/services/prj_shop01.development.web/observed"
        return int(self.supervisor("GET", key)["proxy_pid"])

    def processes(self) -> list[int]:
        """Everything that runs here."""
        return [pid for pid in members(str(self.directory)) if pid != os.getpid()]

    def daemon_says(self) -> str:
        """The end of the daemon's log, for a failing test."""
        with suppress(OSError):
            return "\n".join((self.home / "logs" / "daemon.log").read_text().splitlines()[-25:])
        return ""

    def comes_back(self, after: int) -> int:
        """The process id of the daemon that was started after another had died."""
        return wait_for(lambda: self._another(after), 40)

    def _another(self, after: int) -> int | None:
        with suppress(OSError, ValueError, Refusal):
            if self.daemon != after:
                self.op("list_approvers")
                return self.daemon
        return None


def web(**changes: Any) -> dict[str, Any]:
    """The service of the tests, as kr8.toml has it."""
    base: dict[str, Any] = {
        "run": ["python3", "app.py", "{port}"],
        "health": {"path": "/healthz", "ready_limit": "8s", "version_header": "X-App-Version"},
        "monitoring": {"metrics": "/metrics"},
        "slo": {"errors": "1%"},
        "stop_limit": "2s",
    }
    return {**base, **changes}


def rolling(bake: str = "200ms", **more: Any) -> dict[str, Any]:
    """A short rolling strategy."""
    return {"kind": "rolling", "bake": bake, "drain_limit": "3s", **more}


def blue_green(bake: str = "300ms", **more: Any) -> dict[str, Any]:
    """A short blue-green strategy."""
    return {"kind": "blue-green", "bake": bake, "drain_limit": "3s", **more}


def brief(seen: dict[str, Any]) -> str:
    """What a failing test shows of a deployment."""
    kept = {name: seen[name] for name in ("id", "state", "problem", "stages", "evidence", "findings")}
    return json.dumps(kept, indent=1)[:6000]


def user() -> str:
    """Who runs this."""
    return pwd.getpwuid(os.getuid()).pw_name


_ports = itertools.count(10_000 + os.getpid() * 97 % 9000)


def free_ports(count: int) -> list[int]:
    """Ports that nobody has now, below the range that outgoing connections are given; no port twice."""
    return list(itertools.islice((port for port in _ports if _is_free(port)), count))


def _is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False
