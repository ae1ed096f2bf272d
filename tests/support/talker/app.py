"""A service that talks: what it prints and answers are payloads. `behaviour.json` beside it says where they stand."""

import asyncio
import itertools
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
MODE = json.loads((HERE / "behaviour.json").read_text())["mode"]
PAYLOADS = (HERE / "payloads.txt").read_bytes().split(b"\n")[:-1]
TURN = itertools.cycle(PAYLOADS)
VERSION = os.environ["KR8_VERSION"].encode()
PORT = sys.argv[1]


def answer(head):
    """Status with its reason, version and body."""
    if MODE == "sick":
        return b"500 " + next(TURN), VERSION, next(TURN)
    if MODE == "wrong":
        return b"200 " + next(TURN), next(TURN), b""
    if MODE == "late" and f":{PORT}\r\n" not in head:  # whoever asks through the proxy names another port
        return b"200 OK", next(TURN), b""
    return b"200 OK", VERSION, next(TURN)


async def serve(reader, writer):
    """Answer one question."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        status, version, body = answer((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
        head = b"X-App-Version: %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (version, len(body))
        writer.write(b"HTTP/1.1 %b\r\n%b%b" % (status, head, body))
        await writer.drain()
    writer.close()


async def main():
    """Print everything, then serve or end."""
    for stream in (sys.stdout, sys.stderr):
        stream.buffer.write(b"\n".join([*PAYLOADS, b""]))
        stream.flush()
    if MODE == "exit":
        sys.exit(3)
    await (await asyncio.start_server(serve, "127.0.0.1", int(PORT))).serve_forever()


asyncio.run(main())
