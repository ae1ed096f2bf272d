"""The service of the tests: standard library only, ready in some 50 ms, and bad on request.

`python3 app.py PORT`; `behaviour.json` beside it says how it behaves: {"mode": "ok"}.
"""

import asyncio
import base64
import hashlib
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

MODE = json.loads(Path(__file__).with_name("behaviour.json").read_text())["mode"]
VERSION = os.environ.get("KR8_VERSION", "none")
CANARIES = [value.encode() for name, value in os.environ.items() if name.startswith("CANARY_")]
SAID = {"wrong": "0000", "leak by version": "".join(each.decode() for each in CANARIES[:1])}.get(MODE, VERSION)
ASKED = 0


def answer(method, path, body):
    """Status and body."""
    global ASKED
    if path == "/healthz":
        return (503, b"sick") if MODE == "sick" else (200, b"ok")
    if path == "/metrics":
        return 200, b"up 1\n"
    if path.startswith("/sha256/"):
        return 200, hashlib.sha256(os.environ.get(path[8:], "").encode()).hexdigest().encode()
    if path == "/environment":
        return 200, json.dumps(dict(os.environ)).encode()
    if path == "/print":
        print(body.decode(), flush=True)
        return 200, b"printed"
    if path == "/exit":
        print("told to exit", flush=True)
        os._exit(9)
    ASKED += 1
    if MODE == "bad" and ASKED % 10 < 3:
        return 500, b"broken"
    return 200, body if method == "POST" else json.dumps({"version": VERSION, "pid": os.getpid()}).encode()


async def serve(reader, writer):
    """Answer one connection until it ends."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = lines[0].split(" ", 2)
            pairs = [line.split(": ", 1) for line in lines[1:] if ": " in line]
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            if MODE == "hang":
                await asyncio.sleep(3600)
            if headers.get("upgrade") == "websocket":
                await websocket(headers, reader, writer)
                break
            if path == "/stream":
                await stream(writer)
            if path == "/healthz" and MODE == "leak by health":
                leak(writer)
                break
            status, out = (200, json.dumps(headers).encode()) if path == "/headers" else answer(method, path, body)
            if path == "/healthz" and MODE == "sick in front" and headers["host"].endswith(":80"):
                status, out = 503, b"sick for those who ask port 80"
            head = f"HTTP/1.1 {status} X\r\nX-App-Version: {SAID}\r\nContent-Length: {len(out)}\r\n\r\n"
            writer.write(head.encode() + out)
            await writer.drain()
    writer.close()


async def websocket(headers, reader, writer):
    """Accept, then send back whatever bytes come."""
    told = headers["sec-websocket-key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(told).digest()).decode()
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    writer.write(f"{head}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.close()


def leak(writer):
    """Another secret each time, in two chunks, so far on that what is shown of an answer ends within it."""
    CANARIES.append(CANARIES.pop(0))
    parts = (b"connecting with " + b"A" * 150 + CANARIES[0][:9], CANARIES[0][9:], b"")
    writer.write(b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n")
    writer.write(b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts))


async def stream(writer):
    """A line every 50 ms, without end."""
    writer.write(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nX-App-Version: " + VERSION.encode() + b"\r\n\r\n")
    while True:
        line = f"{VERSION}\n".encode()
        writer.write(b"%x\r\n%s\r\n" % (len(line), line))
        await writer.drain()
        await asyncio.sleep(0.05)


async def main(port):
    """Serve, or do what the mode says instead."""
    if MODE != "closed":
        await asyncio.start_server(serve, "127.0.0.1", port, backlog=512)
    print(f"listening as {VERSION}", flush=True)
    held = []
    while True:
        await asyncio.sleep(0.05)
        if MODE == "bloat":
            held.append(os.urandom(8 << 20))


if __name__ == "__main__":
    if MODE == "exit":
        print("cannot start: no such table: carts", file=sys.stderr, flush=True)
        sys.exit(3)
    if MODE in ("leak", "leak at the seam"):
        before = "cannot connect with " + "A" * 16360 * (MODE == "leak at the seam")
        for value in CANARIES:
            sys.stderr.buffer.write(before.encode() + value + b"\n")
        sys.stderr.buffer.write(CANARIES[0][:-1])  # and ends within the line
        sys.stderr.flush()
        sys.exit(3)
    if MODE == "fork" and os.fork():
        sys.exit(0)
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    asyncio.run(main(int(sys.argv[1])))
