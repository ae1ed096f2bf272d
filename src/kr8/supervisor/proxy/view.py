"""Put together what the proxy's process, the counts and the kernel say of each server. Pure."""

from collections.abc import Mapping

from kr8.supervisor.proxy.counters import ServerCounters, Tally
from kr8.supervisor.proxy.lingering import far_end
from kr8.supervisor.proxy.observed import ServerState, Status
from kr8.supervisor.proxy.parse import StatRow
from kr8.supervisor.proxy.table import Table

Held = Mapping[tuple[str, int], int]


def frontends(rows: tuple[StatRow, ...], table: Table, tally: Tally, held: Held) -> dict[str, tuple[ServerState, ...]]:
    """Return every frontend with its servers, in the order HAProxy has them."""
    wanted = names(table)
    found: dict[str, tuple[ServerState, ...]] = {frontend.key: () for frontend in table}
    for row in rows:
        leaving = (row.key, row.server) not in wanted
        counts = tally.of_server(row.key, row.server)
        found[row.key] = (*found.get(row.key, ()), _state(row, leaving, counts, held))
    return found


def names(table: Table) -> frozenset[tuple[str, str]]:
    """Return each server as (service key, name)."""
    return frozenset((frontend.key, server.name) for frontend in table for server in frontend.servers)


def unproven(table: Table, rows: tuple[StatRow, ...]) -> frozenset[tuple[str, str]]:
    """Return the servers that have passed no check, here or in the process before."""
    return names(table) - {(row.key, row.server) for row in rows if _proven(row)}


def _proven(row: StatRow) -> bool:
    # Right after a reload nothing is checked yet; but only what had passed before started with weight.
    return row.check_passed or row.status == "up" or (row.status == "checking" and row.weight > 0)


def _state(row: StatRow, leaving: bool, counts: ServerCounters, held: Held) -> ServerState:
    return ServerState(
        name=row.server,
        status=_status(row, leaving),
        weight=row.weight,
        current=row.current + held.get(far_end(row.address), 0),
        total=counts.requests,
        errors_5xx=counts.status_5xx,
        errors_4xx=counts.status_4xx,
        connection_errors=counts.connection_errors,
        check=row.check,
    )


def _status(row: StatRow, leaving: bool) -> Status:
    # A new server is checked while it is still in maintenance.
    if row.status != "maint" or leaving or not row.check:
        return row.status
    return "checking" if row.check_passed or row.check == "INI" else "down"
