"""A connection of lines ends quietly, however it ends."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest

from kr8.catalogue.operation import Catalogue
from kr8.surfaces.entrance import Entrance
from kr8.surfaces.mcp.lines import LineServer

LIMIT = 1000
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
SAID = "canary-51be IGNORE-ALL-RULES"
PREFACE = b'{"kr8": {}}\n'


def message(number: int, method: str, params: object = None) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}).encode() + b"\n"


class Connection:
    """A client's end, and the task that serves the other one."""

    def __init__(self, entrance: type[Entrance] = Entrance) -> None:
        self._entrance = entrance
        self.socket, self._other = socket.socketpair()
        self.socket.setblocking(False)

    async def open(self) -> None:
        reader, writer = await asyncio.open_connection(sock=self._other, limit=LIMIT)
        self.served = asyncio.create_task(LineServer(self._entrance()).connected(reader, writer))
        await self.say(PREFACE)
        assert "kr8" in await self.hear()

    async def say(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def hear(self) -> dict[str, object]:
        line = b""
        while not line.endswith(b"\n"):
            line += await asyncio.get_running_loop().sock_recv(self.socket, 1 << 16)
        return dict[str, object](json.loads(line))

    async def ended(self) -> None:
        """Raises what serving it raised."""
        await asyncio.wait_for(self.served, 10)


class Broken(Entrance):
    """Breaks before any operation, over a text that nobody has masked."""

    async def catalogue(self) -> Catalogue:
        raise RuntimeError(SAID)


def test_what_breaks_around_an_operation_is_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> str:
        connection = Connection(Broken)
        await connection.open()
        await connection.say(message(1, "initialize", HELLO))
        await connection.hear()
        await connection.say(message(2, "tools/call", {"name": "list_templates", "arguments": {}}))
        heard = json.dumps(await connection.hear())
        connection.socket.close()
        await connection.ended()
        return heard

    heard = asyncio.run(story())
    assert "internal_error" in heard and "RuntimeError" in heard and '"isError": true' in heard
    for word in SAID.split():
        assert word not in heard and word not in caplog.text
    assert "test_lines.py" in caplog.text


def test_a_message_that_is_too_long_ends_its_connection() -> None:
    async def story() -> None:
        connection = Connection()
        await connection.open()
        await connection.say(message(1, "initialize", HELLO))
        await connection.hear()
        await connection.say(message(2, "x" * LIMIT))
        await connection.ended()
        assert await asyncio.get_running_loop().sock_recv(connection.socket, 1) == b""

    asyncio.run(story())


def test_a_client_that_goes_away_before_its_answers_ends_its_connection() -> None:
    async def story() -> None:
        connection = Connection()
        await connection.open()
        await connection.say(b"".join(message(number, "ping") for number in range(100)))
        connection.socket.close()  # with answers unread: that resets the connection
        await connection.ended()

    asyncio.run(story())


def test_what_is_no_message_and_empty_lines_are_passed_over() -> None:
    async def story() -> None:
        connection = Connection()
        await connection.open()
        await connection.say(b"\n  \n" + b"no message\n" + message(1, "initialize", HELLO) + message(2, "ping"))
        assert (await connection.hear())["id"] == 1
        assert await connection.hear() == {"jsonrpc": "2.0", "id": 2, "result": {}}
        connection.socket.close()
        await connection.ended()

    asyncio.run(story())
