"""A service for the supervisor's tests: answers with its version, or misbehaves as MODE says.

Run as `python supervisor_service.py PORT`; VERSION and MODE are in the environment.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress

VERSION = os.environ.get("VERSION", "none")
MODE = os.environ.get("MODE", "")


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer until the client hangs up."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
            await reader.readexactly(int(length[0].split(":")[1]) if length else 0)
            if MODE == "hang":
                await asyncio.sleep(3600)
            status = "503 Sick" if MODE == "sick" else "200 OK"
            writer.write(
                f"HTTP/1.1 {status}\r\nX-Version: {VERSION}\r\nContent-Length: {len(VERSION)}\r\n\r\n{VERSION}".encode()
            )
            await writer.drain()
    writer.close()


async def main(port: int) -> None:
    """Serve, or do what MODE says instead."""
    if MODE != "closed":
        await asyncio.start_server(serve, "127.0.0.1", port, backlog=512)
    print(f"listening {VERSION}", flush=True)
    if MODE == "flap":
        await asyncio.sleep(1.0)
        sys.exit(4)
    held: list[bytes] = []
    while True:
        await asyncio.sleep(0.05)
        if MODE == "bloat":
            held.append(os.urandom(8 << 20))


if __name__ == "__main__":
    print(f"starting {VERSION} mode={MODE}", file=sys.stderr, flush=True)
    if MODE == "exit":
        sys.exit("cannot start: no database")
    if MODE == "fork" and os.fork():
        os._exit(0)
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    asyncio.run(main(int(sys.argv[1])))
