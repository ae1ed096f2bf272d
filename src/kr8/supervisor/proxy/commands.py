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


@dataclass(frozen=True)
class _Move:
    """What brings one server closer, and who it is about: `server` is None for one that is not wanted."""

    server: Server | None
    row: StatRow | None
    gains: list[str]
    losses: list[str]
    unfinished: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is to have traffic and cannot take it yet."""
        return self.unfinished and self._wanted

    @property
    def serves(self) -> bool:
        """Whether it has traffic after this."""
        return self._wanted and not self.unfinished and self.row is not None and self.row.status != "down"

    @property
    def carries(self) -> bool:
        """Whether it has traffic now, at the place that it is to have."""
        row = self.row
        there = row is not None and (self.server is None or row.address == endpoint(self.server))
        return there and row is not None and row.weight > 0 and row.status in ("up", "checking")

    @property
    def _wanted(self) -> bool:
        return self.server is not None and self.server.weight > 0 and self.server.mode == "ready"


def step(rows: tuple[StatRow, ...], table: Table) -> Step:
    """Compare what runs with what is wanted; servers that gain traffic come before servers that lose it."""
    running = {(row.key, row.server): row for row in rows}
    gains: list[str] = []
    losses: list[str] = []
    more = False
    for frontend in table:
        moves = [_toward(frontend, each, running.pop((frontend.key, each.name), None)) for each in frontend.servers]
        left = [row for row in running.values() if row.key == frontend.key]
        moves += [_Move(None, running.pop((row.key, row.server)), [], _removal(row)) for row in left]
        # After a restart nobody may have passed a check: who has traffic keeps it until another can take it.
        held = any(each.waits for each in moves) and not any(each.serves for each in moves)
        gains += [command for each in moves for command in each.gains]
        losses += [command for each in moves if not (held and each.carries) for command in each.losses]
        more = more or any(each.unfinished for each in moves)
    for row in running.values():
        losses += _removal(row)
    return Step(tuple(gains + losses), more)


def _toward(frontend: Frontend, server: Server, row: StatRow | None) -> _Move:
    return _Move(server, row, *_commands(frontend, server, row))


def _commands(frontend: Frontend, server: Server, row: StatRow | None) -> tuple[list[str], list[str], bool]:
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
