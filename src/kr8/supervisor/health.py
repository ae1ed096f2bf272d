"""One health question over HTTP/1.1, without a library: a small answer is all that is wanted."""

import asyncio
import codecs
import contextlib
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal

from kr8.supervisor.observed import Piece

Word = Literal["ok", "bad", "wrong_version", "refused", "silent"]
_HEAD = 16 * 1024
_SHOWN = 200
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?:\r\n|$)", re.IGNORECASE)
_STATUS = re.compile(r"HTTP/\d\.\d ([1-9]\d\d)(?: |$)", re.ASCII)
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[^\r\n]*\r\n")
_decoder = codecs.getincrementaldecoder("utf-8")
_BODY = 1 << 20
_LEAVE_S = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    word: Word
    text: str
    """What is to be said of it: none of the service's own words."""
    said: Piece | None = None
    """The service's own words, cut short."""


def read(head: bytes, version: tuple[str, str] | None) -> Answer:
    """What an answer's first bytes say."""
    begin, _, body = head.partition(b"\r\n\r\n")
    first, *headers = _text(begin).split("\r\n")
    status = _STATUS.match(first)
    if status is None:
        return Answer("bad", "what came back is no HTTP", _said(first))
    code = f"status {status[1]}"
    given = {name.strip().lower(): value.strip() for name, _, value in (h.partition(":") for h in headers)}
    if not status[1].startswith("2"):
        said = _text(_joined(body) if given.get("transfer-encoding", "").lower() == "chunked" else body)
        return Answer("bad", code, _said(f"{first} {said}".strip()))
    if version is None:
        return Answer("ok", code, _said(first))
    name, expected = version
    found = given.get(name.lower())
    if found == expected:
        return Answer("ok", code, _said(first))
    told = f"no {name}, where {expected} was expected" if found is None else f"another {name} than {expected}"
    return Answer("wrong_version", f"{code}, {told}", _said(found or first))


def _text(data: bytes) -> str:
    """Without the half of a character at its end, if reading ended there."""
    return _decoder("replace").decode(data)


def _joined(body: bytes) -> bytes:
    """A body that is sent in chunks, as far as it is here: what stands over their seams is one text."""
    parts: list[bytes] = []
    while chunk := _CHUNK.match(body):
        size = int(chunk[1], 16)
        parts.append(body[chunk.end() : chunk.end() + size])
        body = body[chunk.end() + size + 2 :]
    return b"".join(parts)


def _said(text: str) -> Piece:
    """Words of the service: they may go on beyond what was read of them."""
    return Piece(text[:_SHOWN], goes_on=True)


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
