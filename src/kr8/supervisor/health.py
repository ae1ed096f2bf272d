"""One health question over HTTP/1.1, without a library: a small answer is all that is wanted."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Literal

Word = Literal["ok", "bad", "wrong_version", "refused", "silent"]
_HEAD = 16 * 1024
_SHOWN = 200


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
        async with asyncio.timeout(limit_s):
            return await _ask(port, path, version)
    except TimeoutError:
        return Answer("silent", f"no answer in {limit_s:g} s")
    except OSError as error:
        return Answer("refused", error.strerror or str(error))


async def _ask(port: int, path: str | None, version: tuple[str, str] | None) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_HEAD)
    try:
        if path is None:
            return Answer("ok", "connected")
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: kr8\r\nConnection: close\r\n\r\n"
        writer.write(request.encode("ascii"))
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _HEAD and (data := await reader.read(_HEAD)):
            head += data
        return read(head, version) if head else Answer("bad", "closed without an answer")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
