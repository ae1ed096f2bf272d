"""The proxy's table, from what the state says. Pure."""

from collections.abc import Mapping

from kr8.supervisor.proxy.observed import ServerState
from kr8.supervisor.proxy.table import Frontend, Server, Table
from kr8.supervisor.state import InstanceRecord, State

_HOST = "127.0.0.1"


def table(state: State, fds: Mapping[str, int], healthy: frozenset[str], probe: str = "") -> Table:
    """A frontend for each service that has a socket; what starts is in it as soon as it answers, without traffic."""
    return tuple(_frontend(key, fd, state.members(key), healthy, probe) for key, fd in sorted(fds.items()))


def _frontend(key: str, fd: int, members: tuple[InstanceRecord, ...], healthy: frozenset[str], probe: str) -> Frontend:
    shown = [m for m in members if m.port is not None and (m.phase != "starting" or m.id in healthy)]
    paths = {m.run.health for m in shown}
    # Two releases with different questions: a connection is what both can be asked until one of them is gone.
    path = next(iter(paths)) if len(paths) == 1 else None
    return Frontend(key, fd, path, servers=tuple(_server(m) for m in shown), probe=probe)


def _server(m: InstanceRecord) -> Server:
    leaves = m.phase in ("draining", "stopping")
    weight = m.weight if m.phase == "ready" else 0
    return Server(m.id, _HOST, m.port or 0, weight, "drain" if leaves else "ready")


def passes(server: ServerState, before: bool) -> bool:
    """Whether the proxy would send it traffic. Not yet checked since the proxy started: as it was before."""
    if server.status == "drain":
        return server.check.removeprefix("* ").partition(" ")[0].endswith("OK")
    return server.status == "up" or (server.status == "checking" and before)
