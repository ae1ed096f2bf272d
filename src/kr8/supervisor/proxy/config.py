"""Write the configuration that a table asks for. Pure: the sockets come in as places."""

import hashlib
from dataclasses import dataclass

from kr8.supervisor.proxy.parse import RECORD_MARK
from kr8.supervisor.proxy.table import Frontend, Server, Table, proxy_name

ADMIN_SOCKET = "haproxy.sock"
MAX_CONNECTIONS = 4000

_RECORD = RECORD_MARK + "|".join(("%ft", "%s", "%ST", "%Ta", "%Td", "%ts"))

# `stdout` is the record pipe; `socket-stats` has HAProxy tell the next supervisor which socket is whose. A user whose
# limit of open files is low gets fewer connections, not a refusal to start.
# `disable-l7-retry` leaves connection failures retried for every method: nothing was sent yet. `idle-close-on-response`
# lets a client's idle connection outlive a reload until its next request. HAProxy's own HTTP client is never used, and
# told not to verify it does not load the system's certificates at start: 12 ms instead of 44, and a megabyte less.
# Without `timeout check` a check slower than its interval would fail, and one failure takes a server out.
_HEAD = f"""\
global
    maxconn {MAX_CONNECTIONS}
    no strict-limits
    nbthread 2
    stats socket unix@{ADMIN_SOCKET} mode 600 level admin expose-fd listeners
    stats timeout 10s
    log stdout format raw local0 info
    .if feature(OPENSSL)
    httpclient.ssl.verify none
    .endif

defaults
    mode http
    log global
    log-format "{_RECORD}"
    option dontlognull
    option socket-stats
    option idle-close-on-response
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response response-timeout
    timeout connect 1s
    timeout check 3s
    timeout queue 5s
    timeout http-request 30s
    timeout http-keep-alive 60s
    timeout client 5m
    timeout server 5m
    timeout tunnel 24h
"""


@dataclass(frozen=True)
class Place:
    """Where a listening socket listens, and which one it is: an address can be bound anew."""

    bind: str
    identity: str


def check_keywords(frontend: Frontend) -> str:
    """Return the keywords of one server, the same in the file and for `add server`, which knows no defaults."""
    return (
        f"check inter {frontend.check_interval_ms}ms fall 1 rise 1 "
        "observe layer4 error-limit 1 on-error mark-down pool-purge-delay 2s"
    )


def skeleton(table: Table, places: dict[str, Place]) -> str:
    """Return what only a reload can change: everything but the servers."""
    sections = [_frontend(frontend, places[frontend.key]) for frontend in table]
    return "\n".join([_HEAD, *sections])


def digest(table: Table, places: dict[str, Place]) -> str:
    """Name a skeleton; a running HAProxy tells it back in `show info`."""
    return hashlib.sha256(skeleton(table, places).encode()).hexdigest()[:20]


def render(table: Table, places: dict[str, Place], unproven: frozenset[tuple[str, str]] = frozenset()) -> str:
    """Return the whole file; a server that no check has passed yet starts without traffic, if any other has some."""
    described = _HEAD.replace("global\n", f"global\n    description {digest(table, places)}\n", 1)
    sections = [_frontend(frontend, places[frontend.key]) + _servers(frontend, unproven) for frontend in table]
    return "\n".join([described, *sections])


def _servers(frontend: Frontend, unproven: frozenset[tuple[str, str]]) -> str:
    new = {server for server in frontend.servers if (frontend.key, server.name) in unproven}
    # Asking one that may not answer is better than no answer for certain.
    alone = not any(server.weight and server.mode == "ready" for server in frontend.servers if server not in new)
    return "".join(_server(frontend, server, server in new and not alone) for server in frontend.servers)


def _frontend(frontend: Frontend, place: Place) -> str:
    lines = [
        f"listen {proxy_name(frontend.key)}",
        f"    # socket {place.identity}; {check_keywords(frontend)}",
        f"    bind {place.bind}",
        "    balance roundrobin",
        "    http-request disable-l7-retry unless METH_GET",
        "    http-response set-header x-kr8-server %[srv_name]",
    ]
    if frontend.probe:
        # What kr8 asks itself is no traffic: it must neither pass for it nor be judged with it.
        lines.append(f"    http-request set-log-level silent if {{ req.hdr(x-kr8-probe) -m str {frontend.probe} }}")
    lines.append("    http-request del-header x-kr8-probe")
    if frontend.check_path is not None:
        check = f"uri '{_quoted(frontend.check_path)}' ver HTTP/1.1 hdr Host localhost"
        # Without `linger` a check ends its connection with a reset, which many servers log as an error.
        lines += ["    option httpchk", "    http-check connect linger", f"    http-check send meth GET {check}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # Inside single quotes HAProxy takes everything as it is but a single quote.
    return text.replace("'", "'\\''")


def _server(frontend: Frontend, server: Server, unproven: bool) -> str:
    weight = 0 if server.mode == "drain" or unproven else server.weight
    return f"    server {server.name} {endpoint(server)} weight {weight} {check_keywords(frontend)}\n"


def endpoint(server: Server) -> str:
    """Return address and port as HAProxy reads them."""
    return f"[{server.address}]:{server.port}" if ":" in server.address else f"{server.address}:{server.port}"
