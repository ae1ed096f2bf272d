"""What a HAProxy was found to serve, as the table that would make another one serve the same. Pure."""

from collections.abc import Mapping

from kr8.supervisor.proxy.lingering import far_end
from kr8.supervisor.proxy.parse import StatRow
from kr8.supervisor.proxy.table import Frontend, Server, Table


def table_of(descriptors: Mapping[str, int], rows: tuple[StatRow, ...]) -> Table:
    """The table of these listening sockets, by service key. HAProxy does not tell what it asks in its checks."""
    return tuple(
        Frontend(key, descriptor, None, servers=tuple(_server(row) for row in rows if row.key == key))
        for key, descriptor in sorted(descriptors.items())
    )


def _server(row: StatRow) -> Server:
    address, port = far_end(row.address)
    # In maintenance is what comes and has no traffic yet, or what goes and has none any more.
    weight = 0 if row.status == "maint" else row.weight
    return Server(row.server, address, port, weight, "drain" if row.status == "drain" else "ready")
