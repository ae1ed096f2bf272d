"""A real supervisor in a home of its own, spoken to over its socket, and load against what it serves."""

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from tests.integration.traffic import Traffic

from kr8.sandbox.word import saying
from kr8.supervisor.codec import decode, encode
from kr8.supervisor.observed import Health, Problem, ServiceObserved
from kr8.supervisor.procfs import marked
from kr8.supervisor.wire import PaceSpec, PutDesired, RunSpec, ServiceDesired, ShareSpec

ROOT = Path(__file__).resolve().parents[2]
SERVICE = Path(__file__).with_name("supervisor_service.py")
ENVIRONMENT = "shop.production"
KEY = f"{ENVIRONMENT}.web"
LIMIT_S = 20.0
SUPERVISOR = ("-m", "kr8.supervisor")
T = TypeVar("T")


def haproxy() -> str:
    """Find HAProxy, or fail."""
    found = os.environ.get("KR8_HAPROXY") or shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, "these tests need HAProxy: set KR8_HAPROXY or put it on PATH"
    return found


def until(found: Callable[[], T | None], what: str, limit_s: float = LIMIT_S) -> T:
    """Wait until there is something."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {limit_s} s: {what}")


def run_spec(release: str, mode: str = "", **more: object) -> RunSpec:
    """How the test service is run."""
    fields: dict[str, object] = {
        "argv": (sys.executable, "-S", str(SERVICE), "{port}"),
        "cwd": "/",
        "env": {"PATH": os.environ["PATH"], "VERSION": release, "MODE": mode},
        "health": "/healthz",
        "version": ("X-Version", release),
        "ready_limit_s": 10.0,
        "stop_grace_s": 2.0,
    }
    return RunSpec(**{**fields, **more})  # type: ignore[arg-type]


def share(release: str, instances: int, traffic: int | None = None, run: RunSpec | None = None) -> ShareSpec:
    """A share whose release answers with its own name."""
    return ShareSpec(release, run or run_spec(release), instances, traffic)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("supervisor", timeout=LIMIT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(LIMIT_S)
        held = os.open(self._path.parent, os.O_PATH)
        try:
            self.sock.connect(f"/proc/self/fd/{held}/{self._path.name}")
        finally:
            os.close(held)


class Refused(AssertionError):
    """An answer that is no success."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(f"{status} {problem}")
        self.status = status
        self.problem = problem


class Rig:
    """A supervisor's life: started, asked, killed, started again."""

    def __init__(self, home: Path, source: Path = ROOT / "src") -> None:
        """`source`: of the supervisor."""
        self.home = home
        self.source = source
        self.port = _free_port()
        self.haproxy = haproxy()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def listen(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, *program: str) -> "Rig":
        """Start it, or a program in its place, and wait until it answers."""
        log = (self.home.parent / "supervisor.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [sys.executable, *(program or SUPERVISOR), "--home", str(self.home), "--haproxy", self.haproxy],
                env=_environment(self.source),
                stdout=log,
                stderr=log,
            )
        until(lambda: self.over() or self.health(), f"an answer; {self.log()}")
        return self

    def over(self) -> bool:
        """Whether its process has ended."""
        return self.process is None or self.process.poll() is not None

    def log(self) -> str:
        """What it printed."""
        path = self.home.parent / "supervisor.log"
        return path.read_text()[-3000:] if path.exists() else ""

    def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(LIMIT_S)

    def ask(self, method: str, path: str, body: object = None) -> object:
        """The answer's value; Refused for what is no success."""
        connection = _Connection(self.home / "run" / "supervisor.sock")
        try:
            data = None if body is None else json.dumps(encode(body))
            connection.request(method, path, data, saying(str(self.home / "run")))
            answer = connection.getresponse()
            value: object = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise Refused(answer.status, decode(Problem, value))
        return value

    def health(self) -> Health | None:
        """Its health, None while it does not answer."""
        with suppress(OSError, http.client.HTTPException):
            return decode(Health, self.ask("GET", "/v1/health"))
        return None

    def desired(self, *shares: ShareSpec, restart: int = 0, surge: int = 1, unavailable: int = 0) -> ServiceDesired:
        """The service of these tests."""
        return ServiceDesired(KEY, shares, self.listen, PaceSpec(surge, unavailable, 10.0), restart)

    def put(self, desired: ServiceDesired, epoch: int = 1) -> ServiceObserved:
        """Tell it."""
        path = f"/v1/services/{desired.key}/desired"
        return decode(ServiceObserved, self.ask("PUT", path, PutDesired(epoch, desired)))

    def observed(self, key: str = KEY) -> ServiceObserved:
        """Ask it."""
        return decode(ServiceObserved, self.ask("GET", f"/v1/services/{key}/observed"))

    def converge(self, *shares: ShareSpec, restart: int = 0, surge: int = 1) -> ServiceObserved:
        """Tell it, and wait until it is so."""
        self.put(self.desired(*shares, restart=restart, surge=surge))
        return self.settled()

    def settled(self, key: str = KEY) -> ServiceObserved:
        """Wait until what is observed is what is desired."""

        def look() -> ServiceObserved | None:
            found = self.observed(key)
            return found if found.settled else None

        return until(look, f"settled: {self.observed(key)}")

    def stuck(self, code: str) -> ServiceObserved:
        """Wait until it says that it is stuck for that reason."""

        def look() -> ServiceObserved | None:
            found = self.observed()
            return found if found.stuck is not None and found.stuck.code == code else None

        return until(look, f"stuck as {code}: {self.observed().stuck}")

    def marked(self) -> dict[str, list[int]]:
        """Living processes that it started."""
        return {k: [p.pid for p in v] for k, v in marked(str(self.home)).items()}

    def __enter__(self) -> "Rig":
        return self

    def __exit__(self, *_: "type[BaseException] | TracebackType | BaseException | None") -> None:
        """End everything that was started, whatever state it is in."""
        with suppress(Exception):
            if self.over():
                self.start()
            self.ask("POST", "/v1/shutdown", {"services": "stop"})
            assert self.process is not None
            self.process.wait(LIMIT_S)
        if not self.over():
            self.kill()
        for pids in self.marked().values():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@contextmanager
def load(port: int, clients: int = 8) -> Iterator[Traffic]:
    """Traffic from a thread of its own."""
    traffic = Traffic(port, clients)
    over = threading.Event()

    async def drive() -> None:
        async with traffic:
            while not over.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=asyncio.run, args=(drive(),))
    thread.start()
    try:
        until(lambda: traffic.total > 20 or traffic.failures or traffic.refused, "first answers")
        yield traffic
    finally:
        over.set()
        thread.join()


def _environment(source: Path) -> dict[str, str]:
    """Compiled modules are kept: without them a start takes three times as long."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**env, "PYTHONPATH": str(source), "PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "pycache")}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
