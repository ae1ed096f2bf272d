"""Decide which commands bring a running HAProxy closer to a table. Pure, and safe to ask again and again."""

from dataclasses import dataclass

from kr8.supervisor.proxy.config import check_keywords, endpoint
from kr8.supervisor.proxy.parse import StatRow
from kr8.supervisor.proxy.table import Frontend, Server, Table, proxy_name


@dataclass(frozen=True)
class Step:
    """What to say now, and whether more is left to do after it."""

    commands: tuple[str, ...] = ()
    more: bool = False


def step(rows: tuple[StatRow, ...], table: Table) -> Step:
    """Compare what runs with what is wanted; servers that gain traffic come before servers that lose it."""
    running = {(row.key, row.server): row for row in rows}
    gains: list[str] = []
    losses: list[str] = []
    more = False
    for frontend in table:
        for server in frontend.servers:
            row = running.pop((frontend.key, server.name), None)
            gain, loss, unfinished = _toward(frontend, server, row)
            gains += gain
            losses += loss
            more = more or unfinished
    for row in running.values():
        losses += _removal(row)
    return Step(tuple(gains + losses), more)


def _toward(frontend: Frontend, server: Server, row: StatRow | None) -> tuple[list[str], list[str], bool]:
    name = f"{proxy_name(frontend.key)}/{server.name}"
    if row is None:
        added = f"add server {name} {endpoint(server)} weight 0 {check_keywords(frontend)}"
        return [added, f"enable health {name}"], [], True
    if row.address != endpoint(server):
        return [], _removal(row), True
    if row.status == "maint":
        return _admission(name, server, row)
    return _change(name, server, row)


def _admission(name: str, server: Server, row: StatRow) -> tuple[list[str], list[str], bool]:
    # Out of maintenance HAProxy takes a server for healthy until a check says otherwise: so let one pass first.
    if row.check_passed:
        return [f"set server {name} weight {server.weight}", f"set server {name} state {server.mode}"], [], False
    # A server put into maintenance is no longer checked there, one added there is: only the second can come back.
    return [], ([] if row.check else _removal(row)), True


def _change(name: str, server: Server, row: StatRow) -> tuple[list[str], list[str], bool]:
    if row.status == "checking" and row.weight == 0 < server.weight and server.mode == "ready":
        return [], [], True
    weight = [] if row.weight == server.weight else [f"set server {name} weight {server.weight}"]
    # What is down shows no drain: say it again, it changes nothing where it holds already.
    if server.mode == "drain":
        return [], weight + ([] if row.status == "drain" else [f"set server {name} state drain"]), False
    ready = [f"set server {name} state ready"] if row.status in ("drain", "down") else []
    if server.weight < row.weight:
        return ready, weight, False
    return weight + ready, [], False


def _removal(row: StatRow) -> list[str]:
    name = f"{proxy_name(row.key)}/{row.server}"
    maint = [] if row.status == "maint" else [f"set server {name} state maint"]
    return [*maint, f"shutdown sessions server {name}", f"del server {name}"]
