"""A small real HTTP service to put behind the proxy."""

import asyncio
from contextlib import suppress


class Origin:
    """Answers with its name; can be told to fail its checks, and knows paths that stream, switch protocol or break."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.healthy = True
        self.served = 0
        self._connections: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """End at once, as a killed process would."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._connections):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self._answer(head.split(b" ", 2)[1].decode(), head, reader, writer)
                await writer.drain()
        self._connections.discard(writer)
        writer.close()

    async def _answer(self, path: str, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"content-length: 4" in head.lower():
            await reader.readexactly(4)
        if path == "/health":
            writer.write(_response(200 if self.healthy else 500, b"checked"))
        elif path == "/echo":
            await _echo(reader, writer)
        elif path == "/broken":
            writer.write(_response(500, b"broken"))
        elif path == "/slow":
            await asyncio.sleep(0.2)
            writer.write(_response(200, self.name.encode()))
        else:
            self.served += 1
            writer.write(_response(200, self.name.encode()))


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    raise ConnectionResetError


def _response(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d Fine\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
