"""Bounded load through the proxy, each answer looked at."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

PAUSE_S = 0.01
ANSWER_LIMIT_S = 10.0


@dataclass
class Traffic:
    """Clients that ask again and again: half keep their connection, half of the requests are POST."""

    port: int
    clients: int = 16
    answers: Counter[str] = field(default_factory=Counter[str])
    failures: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])
    _stop: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    async def __aenter__(self) -> "Traffic":
        """Start the clients."""
        self._tasks = [asyncio.create_task(self._client(number)) for number in range(self.clients)]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let each client finish its request."""
        self._stop = True
        await asyncio.gather(*self._tasks)

    @property
    def total(self) -> int:
        """Return how many requests were answered well."""
        return self.answers.total()

    async def more(self, requests: int) -> None:
        """Wait until so many more have been answered."""
        wanted = self.total + requests
        async with asyncio.timeout(20):
            while self.total < wanted:
                await asyncio.sleep(PAUSE_S)

    async def _client(self, number: int) -> None:
        connection: Connection | None = None
        turn = number
        while not self._stop:
            turn += 1
            try:
                connection = connection or await Connection.open(self.port)
            except OSError as error:
                self.refused.append(repr(error))
                continue
            try:
                status, body, server = await connection.ask("POST" if turn % 2 else "GET", "/")
            except (OSError, asyncio.IncompleteReadError) as error:
                self.failures.append(repr(error))
                connection = None
                continue
            if status == 200:
                self.answers[body] += 1
            else:
                self.failures.append(f"{status} {server}")
            if number % 2 or connection.over:
                connection.close()
                connection = None
            await asyncio.sleep(PAUSE_S)
        if connection is not None:
            connection.close()


class Connection:
    """One client connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.over = False

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, method: str, path: str) -> tuple[int, str, str]:
        """Return status, body and the server that the proxy names."""
        body = b"body" if method == "POST" else b""
        length = b"Content-Length: %d\r\n" % len(body) if body else b""
        self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\n".encode() + length + b"\r\n" + body)
        async with asyncio.timeout(ANSWER_LIMIT_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            answer = await self.reader.readexactly(int(headers.get("content-length", "0")))
        self.over = headers.get("connection") == "close"
        return int(head[0].split(" ")[1]), answer.decode(), headers.get("x-kr8-server", "")

    async def upgrade(self) -> None:
        """Switch to the echo protocol."""
        self.writer.write(b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    async def echo(self, line: str) -> str:
        """Send a line and return what comes back."""
        self.writer.write(f"{line}\n".encode())
        async with asyncio.timeout(ANSWER_LIMIT_S):
            return (await self.reader.readline()).decode().strip()

    def close(self) -> None:
        """Hang up."""
        self.writer.close()
