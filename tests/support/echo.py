"""A small HTTP service for tests of what sends requests.

It echoes, says its version where it was sent nothing, and misbehaves when told.
"""

import asyncio
import ssl
import sys
from types import TracebackType


class Echo:
    """An HTTP/1.1 server on a free port of 127.0.0.1."""

    def __init__(self, version: str = "v1", *, proof: ssl.SSLContext | None = None) -> None:
        """`proof`: what proves by TLS who it is; without, it speaks without TLS."""
        self.version = version
        self._proof = proof
        self.status = 200
        self.spoil_bodies = False
        self.hang_up = False
        self.silent = False
        self.chunked = False
        self.port = 0
        self.connections = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Echo":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._proof)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self._proof else 'http'}://127.0.0.1:{self.port}/"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                body = await read_request(reader)
                if self.hang_up:
                    break
                if not self.silent:
                    writer.write(self._answer(body))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, body: bytes) -> bytes:
        text = b"spoiled" if self.spoil_bodies else body or b"version " + self.version.encode()
        head = f"HTTP/1.1 {self.status} Answer\r\nX-App-Version: {self.version}\r\n".encode()
        if self.chunked:
            chunk = b"%x\r\n%s\r\n" % (len(text), text) if text else b""
            return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n"
        return head + b"Content-Length: %d\r\n\r\n" % len(text) + text


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """The body of the next request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"0")
    return await reader.readexactly(int(length))


async def main() -> None:
    """Serve until ended; the port is the first line printed."""
    async with Echo(*sys.argv[1:]) as echo:
        print(echo.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
