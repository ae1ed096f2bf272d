"""A target with something to run on it: the fake, and this machine with a real supervisor, proxy and services."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tests.fakes.target import Behaviour, FakeTarget
from tests.integration.supervisor_rig import SERVICE, Rig
from tests.support import virtual
from tests.support.plans import NOW, SHOP

from kr8.domain.digest import digest
from kr8.domain.project import Before, Health, Monitoring, Service
from kr8.domain.redact import Redactor
from kr8.domain.release import Build, Release, release_of
from kr8.domain.target import Desired, FailureCode, Grant, Pace, ServiceRef, Share
from kr8.drivers.local.client import Supervisor
from kr8.drivers.local.commands import Places
from kr8.drivers.local.delivered import Delivered
from kr8.drivers.local.driver import LocalTarget
from kr8.ports.target import Command, Target

T = TypeVar("T")
PACE = Pace(surge=2, ready_limit=timedelta(seconds=4), drain_limit=timedelta(seconds=2))
BEHAVIOURS = {
    "": Behaviour(),
    "exit": Behaviour(fails=FailureCode.EXITED),
    "impostor": Behaviour(fails=FailureCode.WRONG_VERSION),
    "closed": Behaviour(fails=FailureCode.PORT_NOT_OPENED),
}


class Site(Protocol):
    """One environment of one project, on some target."""

    target: Target
    environment: str
    listen: str

    def play(self, story: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a story to its end."""
        ...

    async def sleep(self) -> None:
        """Wait a moment."""
        ...

    def behave(self, version: str, mode: str) -> None:
        """Have releases of a version behave in a way."""
        ...

    async def requests(self, ref: ServiceRef, release: str, count: int) -> None:
        """Have the service answer so many requests."""
        ...

    def command(self, name: str, *, fails: bool = False) -> Command:
        """A command that leaves a trace each time it runs."""
        ...

    def traces(self, name: str) -> int:
        """How often a command really ran."""
        ...

    def returned(self) -> None:
        """Go back to what is promoted without the daemon."""
        ...


def release(site: Site, letter: str, mode: str = "", name: str = "web") -> Release:
    """A release of a commit that is one letter, and how it behaves."""
    commit = letter * 40
    version = commit[:12]
    site.behave(version, mode)
    directory = "/"
    build = Build(
        id="bld_" + digest([name, letter])[:16],
        service=name,
        commit=commit,
        tree=commit,
        artifact=digest([name, letter, mode]),
        directory=directory,
        bytes=1,
        seconds=0.1,
        made_at=NOW,
    )
    kind = "job" if mode == "job" else "http"
    run = (sys.executable, "-c", "print('done')") if kind == "job" else (sys.executable, "-S", str(SERVICE), "{port}")
    spec = Service(
        kind="job" if kind == "job" else "http",
        run=run,
        before=Before(run=("true",), reversible=True),
        health=Health(path="/healthz", version_header="X-Version"),
        monitoring=Monitoring(metrics="/metrics"),
        stop_limit=timedelta(seconds=2),
    )
    env = {"VERSION": "another" if mode == "impostor" else version, "MODE": "" if mode == "impostor" else mode}
    return release_of(SHOP, site.environment, build, spec, env, (), site.listen if kind == "http" else None)


def service_ref(site: Site, name: str = "web") -> ServiceRef:
    """A service of the site."""
    return ServiceRef(project=SHOP, environment=site.environment, name=name)


def grant(site: Site, epoch: int = 1) -> Grant:
    """The right to change the site."""
    return Grant(project=SHOP, environment=site.environment, epoch=epoch, caller="ada (cli)", deployment="dep_1")


def desired(site: Site, *shares: tuple[Release, int, int | None], restart: int = 0, name: str = "web") -> Desired:
    """A desired state: release, instances, traffic."""
    found = tuple(Share(release=each.id, instances=number, traffic=traffic) for each, number, traffic in shares)
    return Desired(service=service_ref(site, name), shares=found, pace=PACE, restart=restart)


class FakeSite:
    """The fake."""

    def __init__(self) -> None:
        self.environment = "staging"
        self.listen = "127.0.0.1:8001"
        self.fake = FakeTarget(virtual.LoopClock())
        self.target: Target = self.fake
        self._failing: set[str] = set()

    def play(self, story: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return virtual.play(story())

    async def sleep(self) -> None:
        await asyncio.sleep(0.05)

    def behave(self, version: str, mode: str) -> None:
        self.fake.behaviours[version] = Behaviour(ends=True) if mode == "job" else BEHAVIOURS[mode]

    async def requests(self, ref: ServiceRef, release: str, count: int) -> None:
        self.fake.feed(ref, release, count)
        for number in range(3):
            self.fake.say(ref, release, f"line {number}")

    def command(self, name: str, *, fails: bool = False) -> Command:
        from kr8.ports.target import Ran  # noqa: PLC0415

        run = ("migrate", name)
        if fails:
            self.fake.hooks[run] = Ran(ok=False, how="exit code 3", lines=("no such table",))
        return Command(id=name, run=run, limit_seconds=10)

    def traces(self, name: str) -> int:
        return self.fake.runs.count(name)

    def returned(self) -> None:
        self.fake.returned(f"{SHOP}.{self.environment}")


class LocalSite:
    """This machine: an environment of its own under a supervisor that others share."""

    def __init__(self, rig: Rig, environment: str, port: int) -> None:
        self.rig = rig
        self.environment = environment
        self.listen = f"127.0.0.1:{port}"
        places = Places(rig.home, os.environ["PATH"])
        self._supervisor = Supervisor(rig.home / "run" / "supervisor.sock")
        self.target: Target = LocalTarget(self._supervisor, Delivered(places), places, Redactor(()).piece)
        self._traces = rig.home.parent / "traces" / environment
        self._traces.mkdir(parents=True)

    def play(self, story: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return asyncio.run(story())

    async def sleep(self) -> None:
        await asyncio.sleep(0.02)

    def behave(self, version: str, mode: str) -> None:
        """The release's environment says it."""

    async def requests(self, ref: ServiceRef, release: str, count: int) -> None:
        for _ in range(count):
            await asyncio.to_thread(self._get)

    def _get(self) -> None:
        connection = http.client.HTTPConnection(self.listen, timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().read()
        connection.close()

    def command(self, name: str, *, fails: bool = False) -> Command:
        trace = self._traces / name
        end = "print('no such table'); raise SystemExit(3)" if fails else "print('done')"
        code = f"open({str(trace)!r}, 'a').write('x'); {end}"
        return Command(id=f"{self.environment}-{name}", run=(sys.executable, "-c", code), limit_seconds=10)

    def traces(self, name: str) -> int:
        path = Path(self._traces / name)
        return len(path.read_text()) if path.exists() else 0

    def returned(self) -> None:
        self.rig.ask("POST", f"/v1/environments/{SHOP}.{self.environment}/return", {"to": "current"})

    def close(self) -> None:
        """Let go of the supervisor."""
        self._supervisor.close()


@contextmanager
def local_site(folder: Path) -> Generator[LocalSite]:
    """This machine's staging, under a supervisor of its own, with a home in a folder."""
    home = folder / "home"
    home.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with Rig(home) as rig:
        rig.start()
        site = LocalSite(rig, "staging", port)
        yield site
        site.close()
