"""From what a HAProxy was found to serve to the table of it."""

from dataclasses import replace

from kr8.supervisor.proxy.parse import StatRow, socket_keys
from kr8.supervisor.proxy.serving import table_of
from kr8.supervisor.proxy.table import Frontend, Server

UP = StatRow("p.e.web", "r1-0", "up", 40, 2, 0, "127.0.0.1:9001", "L7OK 200", True)
SOCKETS = """\
# pxname,svname,type,addr,
p.e.web,sock-1,3,127.0.0.1:8000,
p.e.api:2b,sock-1,3,[::1]:8001,
p.e.web,r1-0,2,127.0.0.1:9001,
"""


def test_each_socket_is_a_frontend_with_the_servers_that_are_behind_it() -> None:
    rows = (UP, replace(UP, server="r1-1", address="[::1]:9002", status="drain", weight=7), replace(UP, key="p.e.api"))
    web = (Server("r1-0", "127.0.0.1", 9001, 40), Server("r1-1", "::1", 9002, 7, "drain"))
    api = (Server("r1-0", "127.0.0.1", 9001, 40),)
    assert table_of({"p.e.web": 5, "p.e.api": 6, "p.e.gone": 7}, rows) == (
        Frontend("p.e.api", 6, None, servers=api),
        Frontend("p.e.gone", 7, None),
        Frontend("p.e.web", 5, None, servers=web),
    )


def test_what_comes_or_goes_would_start_without_traffic() -> None:
    (frontend,) = table_of({"p.e.web": 5}, (replace(UP, status="maint"),))
    assert [server.weight for server in frontend.servers] == [0]


def test_sockets_are_told_by_address() -> None:
    assert socket_keys(SOCKETS) == {"127.0.0.1:8000": "p.e.web", "[::1]:8001": "p.e.api+"}
