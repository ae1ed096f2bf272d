"""The little of ASGI that the service needs: a response, and reading a body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

TEXT = b"text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered."""

    body: bytes
    status: int = 200
    content_type: bytes = TEXT
    more: tuple[tuple[bytes, bytes], ...] = ()


class TooLargeError(Exception):
    """The request's body is longer than the limit."""


class DisconnectedError(Exception):
    """The client went away before its request had ended."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises TooLargeError, DisconnectedError."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLargeError
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def begin(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    """Send the head of an answer."""
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def respond(send: Send, response: Response, headers: list[tuple[bytes, bytes]]) -> None:
    """Send a whole answer."""
    own = [(b"content-type", response.content_type), (b"content-length", str(len(response.body)).encode())]
    await begin(send, response.status, [*own, *response.more, *headers])
    await send({"type": "http.response.body", "body": response.body})
