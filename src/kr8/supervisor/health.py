"""One health question over HTTP/1.1, without a library: a small answer is all that is wanted."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal

Word = Literal["ok", "bad", "wrong_version", "refused", "silent"]
_HEAD = 16 * 1024
_SHOWN = 200
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?:\r\n|$)", re.IGNORECASE)
_BODY = 1 << 20
_LEAVE_S = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    word: Word
    text: str


def read(head: bytes, version: tuple[str, str] | None) -> Answer:
    """What an answer's first bytes say."""
    text, _, body = head.decode("latin-1").partition("\r\n\r\n")
    first, *headers = text.split("\r\n")
    parts = first.split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/") or not parts[1].isdecimal():
        return Answer("bad", f"not HTTP: {first[:_SHOWN]!r}")
    if not 200 <= int(parts[1]) < 300:
        return Answer("bad", f"{first} {body[:_SHOWN]}".strip())
    if version is None:
        return Answer("ok", first)
    given = {name.strip().lower(): value.strip() for name, _, value in (h.partition(":") for h in headers)}
    found = given.get(version[0].lower())
    if found == version[1]:
        return Answer("ok", first)
    return Answer("wrong_version", f"{first}, {version[0]}: {found} where {version[1]} was expected")


async def ask(port: int, path: str | None, version: tuple[str, str] | None, limit_s: float) -> Answer:
    """Ask the service on this machine's port; without a path, a connection is all that is asked."""
    try:
        async with asyncio.timeout(limit_s) as limit, _connected(port) as (reader, writer):
            if path is None:
                return Answer("ok", "connected")
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: kr8\r\nConnection: close\r\n\r\n"
            writer.write(request.encode("ascii"))
            head = b""
            while b"\r\n\r\n" not in head and len(head) < _HEAD and (data := await reader.read(_HEAD)):
                head += data
            limit.reschedule(None)  # it has answered
            await _read_on(reader, head)
            return read(head, version) if head else Answer("bad", "closed without an answer")
    except TimeoutError:
        return Answer("silent", f"no answer in {limit_s:g} s")
    except OSError as error:
        return Answer("refused", error.strerror or str(error))


@contextlib.asynccontextmanager
async def _connected(port: int) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter], None]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_HEAD)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _read_on(reader: asyncio.StreamReader, start: bytes) -> None:
    """Read the body that began, within bounds: a service whose answer is left unread sees a broken connection."""
    head, _, body = start.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    left = min(int(length[1]), _BODY) - len(body) if length else _BODY
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(_LEAVE_S):
            while left > 0 and (data := await reader.read(_HEAD)):
                left -= len(data)
