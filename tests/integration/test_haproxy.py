"""The proxy driver against a real HAProxy and real services."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from tests.integration.origin import Origin
from tests.integration.traffic import Connection, Traffic

from kr8.supervisor.procfs import processes
from kr8.supervisor.proxy.counters import ServerCounters
from kr8.supervisor.proxy.errors import ProxyError
from kr8.supervisor.proxy.observed import ServerState
from kr8.supervisor.proxy.proxy import Proxy
from kr8.supervisor.proxy.records import COUNTS
from kr8.supervisor.proxy.table import Frontend, Server, Table

KEY = "prj_a.production.web"
OTHER = "prj_a.production.api"
LIMIT_S = 10.0


def binary() -> str:
    """Find HAProxy, or fail."""
    found = os.environ.get("KR8_HAPROXY") or shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, "these tests need HAProxy: set KR8_HAPROXY or put it on PATH"
    return found


class Stage:
    """A proxy, its listening sockets and two services, v1 and v2."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.deaths: list[float] = []
        self.proxy = self.supervisor()
        self.listeners = {key: socket.create_server(("127.0.0.1", 0), backlog=512) for key in (KEY, OTHER)}
        self.origins = {name: Origin(name) for name in ("v1", "v2")}
        self.ports: dict[str, int] = {}

    def supervisor(self) -> Proxy:
        """Begin as a supervisor does, with the counts that are written down."""
        return Proxy(self.home, binary(), lambda _: self.deaths.append(time.monotonic()))

    def port(self, key: str = KEY) -> int:
        """Return where clients connect."""
        port: int = self.listeners[key].getsockname()[1]
        return port

    def frontend(self, *servers: Server, key: str = KEY) -> Frontend:
        """Return a frontend on this stage's socket."""
        return Frontend(key, self.listeners[key].fileno(), "/health", 100, servers)

    def server(self, origin: str, weight: int, mode: str = "ready") -> Server:
        """Return a server that stands for a service of this stage."""
        return Server(f"{origin}-0", "127.0.0.1", self.ports[origin], weight, "drain" if mode == "drain" else "ready")

    async def serve(self, *servers: Server) -> None:
        """Apply, and wait until what runs is what was asked for."""
        await self.apply((self.frontend(*servers),))

    async def apply(self, table: Table) -> None:
        """Apply, and wait until what runs is what was asked for."""
        await self.proxy.apply(table)
        for frontend in table:
            wanted = {server.name: server.weight for server in frontend.servers}
            await until(lambda key=frontend.key, wanted=wanted: self._runs(key, wanted))

    async def _runs(self, key: str, wanted: dict[str, int]) -> bool:
        states = await self.states(key)
        settled = all(state.status in ("up", "drain") for state in states.values())
        return settled and {state.name: state.weight for state in states.values()} == wanted

    async def states(self, key: str = KEY) -> dict[str, ServerState]:
        """Return the servers now."""
        return {state.name: state for state in (await self.proxy.observe()).frontends.get(key, ())}


@asynccontextmanager
async def staged(home: Path) -> AsyncIterator[Stage]:
    """Set the stage, and clear it."""
    stage = Stage(home)
    for name, origin in stage.origins.items():
        stage.ports[name] = await origin.start()
    try:
        yield stage
    finally:
        await stage.proxy.stop()
        for origin in stage.origins.values():
            await origin.stop()
        for listener in stage.listeners.values():
            listener.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition, or fail at the limit."""
    async with asyncio.timeout(LIMIT_S):
        while not await holds():
            await asyncio.sleep(0.01)


async def kill_proxy(stage: Stage) -> int:
    """Kill HAProxy as the kernel would, and return its process id."""
    pid = (await stage.proxy.observe()).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def test_traffic_follows_the_weights(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 75), stage.server("v2", 25))
            async with Traffic(stage.port()) as traffic:
                await traffic.more(400)
            assert not traffic.failures
            assert abs(traffic.answers["v1"] / traffic.total - 0.75) < 0.05

    asyncio.run(scene())


def test_the_answer_names_its_server(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 1))
            client = await Connection.open(stage.port())
            assert await client.ask("GET", "/") == (200, "v1", "v1-0")
            client.close()

    asyncio.run(scene())


def test_a_warm_server_gets_nothing_until_it_has_weight(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 100), stage.server("v2", 0))
            async with Traffic(stage.port()) as traffic:
                await traffic.more(100)
                assert stage.origins["v2"].served == 0
                await stage.serve(stage.server("v1", 0), stage.server("v2", 100))
                before = stage.origins["v1"].served
                await traffic.more(100)
            assert stage.origins["v1"].served <= before + traffic.clients
            assert not traffic.failures

    asyncio.run(scene())


def test_a_server_that_fails_its_check_gets_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            stage.origins["v2"].healthy = False
            await stage.serve(stage.server("v1", 100))
            await stage.proxy.apply((stage.frontend(stage.server("v1", 100), stage.server("v2", 100)),))
            await until(lambda: _checked(stage, "v2-0", "L7STS 500"))
            assert await _is(stage, "v2-0", "down")
            async with Traffic(stage.port()) as traffic:
                await traffic.more(200)
            assert traffic.answers == {"v1": traffic.total}
            stage.origins["v2"].healthy = True
            await until(lambda: _is(stage, "v2-0", "up"))

    asyncio.run(scene())


async def _checked(stage: Stage, server: str, answer: str) -> bool:
    return (await stage.states())[server].check.startswith(answer)


async def _is(stage: Stage, server: str, status: str) -> bool:
    return (await stage.states())[server].status == status


def test_old_version_drains_and_goes_under_load_and_nothing_fails(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 100))
            async with Traffic(stage.port()) as traffic:
                for old, new in (("v1", "v2"), ("v2", "v1"), ("v1", "v2")):
                    await traffic.more(100)
                    await stage.serve(stage.server(old, 100), stage.server(new, 100))
                    await stage.serve(stage.server(old, 0, "drain"), stage.server(new, 100))
                    await until(lambda old=old: _drained(stage, f"{old}-0"))
                    await stage.origins[old].stop()
                    await stage.serve(stage.server(new, 100))
                    stage.ports[old] = await stage.origins[old].start()
                await traffic.more(100)
            assert (traffic.failures, traffic.refused) == ([], [])
            counters = await stage.proxy.counters(KEY)
            assert _requests(counters) == traffic.total
            assert set(counters) >= {"v1-0", "v2-0"}, "a server's counts outlive it"

    asyncio.run(scene())


async def _drained(stage: Stage, server: str) -> bool:
    state = (await stage.states())[server]
    return state.status == "drain" and state.current == 0


def _requests(counters: dict[str, ServerCounters]) -> int:
    return sum(counts.requests for counts in counters.values())


def test_a_killed_proxy_is_back_and_refused_nobody(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 100), stage.server("v2", 0, "drain"))
            async with Traffic(stage.port()) as traffic:
                for _ in range(3):
                    await traffic.more(100)
                    killed = await kill_proxy(stage)
                    began = time.monotonic()
                    await until(lambda killed=killed: _serves_anew(stage, killed))
                    print(f"back after {(time.monotonic() - began) * 1000:.0f} ms")
                    await traffic.more(50)
            assert traffic.refused == []
            assert len(traffic.failures) <= 3 * traffic.clients, "only what was in flight"
            assert len(stage.deaths) == 3
            await until(lambda: _is(stage, "v2-0", "drain"))

    asyncio.run(scene())


async def _serves_anew(stage: Stage, killed: int) -> bool:
    return (await stage.proxy.observe()).pid not in (None, killed)


def test_a_killed_proxy_is_back_though_its_supervisor_is_busy_with_something_else(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve()  # without a server the proxy itself answers
            with ThreadPoolExecutor(1) as beside:
                killed = await kill_proxy(stage)
                # Nothing is awaited here: the loop does nothing else until the answer has come, as if a disk were slow.
                assert beside.submit(answered, stage.port()).result(LIMIT_S) == 503
            await until(lambda: _serves_anew(stage, killed))

    asyncio.run(scene())


def answered(port: int) -> int:
    """The status of the answer to a new connection, however long that has to wait."""
    connection = HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_killed_proxy_is_back_though_the_one_that_waited_died_with_it(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 100))
            killed = await kill_proxy(stage)
            for waits in _running(tmp_path) - {killed}:
                os.kill(waits, signal.SIGKILL)
            assert await asyncio.to_thread(answered, stage.port()) == 200
            await until(lambda: _serves_anew(stage, killed))

    asyncio.run(scene())


def test_a_proxy_that_waits_ends_with_its_supervisor(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            child, port = await _supervisor(stage, "wait")
            before = _running(tmp_path)
            child.kill()
            await child.wait()
            await until(lambda: _are_left(tmp_path, 1))
            assert len(before) == 2, "one serves and one waits"
            assert await asyncio.to_thread(answered, port) == 200
            await _adopt(stage, port)
            await until(lambda: _are_left(tmp_path, 2))
            await stage.proxy.stop()
            assert _running(tmp_path) == set()

    asyncio.run(scene())


async def _are_left(home: Path, number: int) -> bool:
    return len(_running(home)) == number


def _running(home: Path) -> set[int]:
    """HAProxy processes of a home, by the folder that they run in."""
    return {p.pid for p in processes() if p.name == "haproxy" and p.state not in "ZX" and _folder(p.pid) == home}


def _folder(pid: int) -> Path | None:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").readlink()
    return None


def test_a_frontend_comes_and_goes_under_load_and_nothing_fails(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 100))
            async with Traffic(stage.port()) as traffic:
                for _ in range(3):
                    await traffic.more(100)
                    web = stage.frontend(stage.server("v1", 100))
                    api = stage.frontend(stage.server("v2", 10), key=OTHER)
                    await stage.apply((web, api))
                    client = await Connection.open(stage.port(OTHER))
                    assert (await client.ask("GET", "/"))[1] == "v2"
                    client.close()
                    await traffic.more(100)
                    await stage.apply((web,))
                await traffic.more(100)
            assert (traffic.failures, traffic.refused, stage.deaths) == ([], [], [])
            assert _requests(await stage.proxy.counters(KEY)) == traffic.total

    asyncio.run(scene())


def test_a_websocket_lives_while_its_server_drains_and_through_a_reload(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 100))
            client = await Connection.open(stage.port())
            await client.upgrade()
            web = stage.frontend(stage.server("v1", 0, "drain"), stage.server("v2", 100))
            await stage.apply((web,))
            assert (await stage.states())["v1-0"].current == 1
            assert await client.echo("draining") == "draining"
            await stage.apply((web, stage.frontend(stage.server("v2", 1), key=OTHER)))
            assert await client.echo("reloaded") == "reloaded"
            assert (await stage.states())["v1-0"].current == 1, "the older process still holds it"
            client.close()
            await until(lambda: _drained(stage, "v1-0"))

    asyncio.run(scene())


def test_a_removed_server_takes_its_connections_with_it(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 100), stage.server("v2", 100))
            client = await Connection.open(stage.port())
            await client.upgrade()
            await stage.serve()
            assert await client.echo("anyone") == ""
            client.close()

    asyncio.run(scene())


def test_counts_tell_classes_retries_and_latency(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 100))
            client = await Connection.open(stage.port())
            paths = ["/"] * 6 + ["/broken"] * 2 + ["/slow"] * 2
            for path in paths:
                await client.ask("GET", path)
            client.close()
            await until(lambda: _counted(stage, "v1-0", len(paths)))
            counts = (await stage.proxy.counters(KEY))["v1-0"]
            assert (counts.status_2xx, counts.status_5xx, counts.connection_errors) == (8, 2, 0)
            assert counts.latency.total == 10
            slowest = counts.latency.quantile(0.99)
            assert slowest is not None
            assert 190 <= slowest <= 400
            assert (counts.latency.quantile(0.5) or 0) < 100
            assert (await stage.states())["v1-0"].errors_5xx == 2

    asyncio.run(scene())


async def _counted(stage: Stage, server: str, requests: int) -> bool:
    counts = (await stage.proxy.counters(KEY)).get(server)
    return counts is not None and counts.requests >= requests


def test_a_new_supervisor_adopts_proxy_sockets_and_counts(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            child, port = await _supervisor(stage, "wait")
            async with Traffic(port) as traffic:
                await traffic.more(100)
                await _written_down(stage)
                child.kill()
                await child.wait()
                await traffic.more(100)
                await _adopt(stage, port)
                await traffic.more(100)
                assert traffic.failures == []
                await kill_proxy(stage)
                await traffic.more(100)
                await stage.serve(stage.server("v1", 0), stage.server("v2", 100))
                await traffic.more(100)
            assert traffic.refused == []
            lost_with_the_proxy = len(traffic.failures) + traffic.clients
            counted = _requests(await stage.proxy.counters(KEY))
            assert traffic.total <= counted + lost_with_the_proxy
            assert traffic.answers["v2"] > 0

    asyncio.run(scene())


async def _supervisor(stage: Stage, manner: str) -> tuple[asyncio.subprocess.Process, int]:
    words = (str(stage.home), binary(), KEY, str(stage.ports["v1"]), manner)
    script = str(Path(__file__).with_name("proxy_child.py"))
    child = await asyncio.create_subprocess_exec(sys.executable, script, *words, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    async with asyncio.timeout(LIMIT_S):
        return child, int(await child.stdout.readline())


async def _written_down(stage: Stage) -> None:
    """Wait until counts were just written: what is read and not yet written down dies with its reader (ADR 30)."""
    before = _written_at(stage)
    async with asyncio.timeout(LIMIT_S):
        while _written_at(stage) == before:
            await asyncio.sleep(0.001)


def _written_at(stage: Stage) -> int | None:
    try:
        return (stage.home / COUNTS).stat().st_mtime_ns
    except FileNotFoundError:
        return None


def test_a_supervisor_killed_while_it_reloads_loses_no_request(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            child, port = await _supervisor(stage, "churn")
            async with Traffic(port, clients=8) as traffic:
                for requests in (50, 75, 90, 110, 130):
                    await traffic.more(requests)
                    child.kill()
                    await child.wait()
                    child, again = await _supervisor(stage, "churn")
                    assert again == port
                child.kill()
                await child.wait()
                await _adopt(stage, port)
                await stage.serve(Server("r1-0", "127.0.0.1", stage.ports["v1"], 100), stage.server("v2", 100))
                await traffic.more(50)
            assert (traffic.failures, traffic.refused) == ([], [])
            assert traffic.answers["v2"] > 0

    asyncio.run(scene())


async def _adopt(stage: Stage, port: int) -> None:
    began = time.monotonic()
    stage.proxy = stage.supervisor()
    assert await stage.proxy.adopt()
    print(f"adopted in {(time.monotonic() - began) * 1000:.0f} ms")
    assert stage.proxy.listeners[KEY].getsockname()[1] == port
    stage.listeners[KEY].close()
    stage.listeners[KEY] = stage.proxy.listeners[KEY]


def test_a_detached_proxy_is_adopted_with_its_counts(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            await stage.serve(stage.server("v1", 100))
            async with Traffic(stage.port()) as traffic:
                await traffic.more(100)
                before = await stage.proxy.observe()
                await stage.proxy.detach()
                await traffic.more(50)
                stage.proxy = Proxy(stage.home, binary())
                await _adopt(stage, stage.port())
                await stage.serve(stage.server("v1", 100))
            after = await stage.proxy.observe()
            assert (after.pid, after.reset_id) == (before.pid, before.reset_id)
            assert _requests(await stage.proxy.counters(KEY)) == traffic.total
            assert traffic.failures == []

    asyncio.run(scene())


def test_nothing_is_adopted_where_nothing_runs(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            assert not await stage.proxy.adopt()
            await stage.serve(stage.server("v1", 1))

    asyncio.run(scene())


def test_a_proxy_that_cannot_start_says_why(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            table = (stage.frontend(stage.server("v1", 1)),)
            missing = Proxy(tmp_path / "missing", str(tmp_path / "none"))
            with pytest.raises(ProxyError, match=r"cannot be run.*none"):
                await missing.apply(table)
            await missing.stop()
            unbound = Frontend(KEY, socket.socket().detach(), None)
            with pytest.raises(ProxyError, match=r"did not start: .*bind"):
                await stage.proxy.apply((unbound,))
            await stage.serve(stage.server("v1", 1))
            os.close(unbound.fd)

    asyncio.run(scene())


def test_few_open_files_are_enough_to_start(tmp_path: Path) -> None:
    async def scene() -> None:
        async with staged(tmp_path) as stage:
            script = tmp_path / "limited"
            script.write_text(f'#!/bin/sh\nulimit -Hn 512\nulimit -Sn 512\nexec "{binary()}" "$@"\n')
            script.chmod(0o700)
            stage.proxy = Proxy(tmp_path, str(script))
            await stage.serve(stage.server("v1", 1))

    asyncio.run(scene())
