"""MCP over a unix socket: one JSON-RPC message a line. The bridge is its usual client."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from mcp.shared.message import SessionMessage
from mcp.types.jsonrpc import jsonrpc_message_adapter
from pydantic import ValidationError

from kr8.surfaces.entrance import Entrance
from kr8.surfaces.mcp.callers import Standing
from kr8.surfaces.mcp.house import kr8_server
from kr8.version import VERSION

LONGEST_LINE = 1 << 24
"""Bytes of the longest message taken."""

Received = SessionMessage | Exception


class LineServer:
    """Serves each connection with a server of its own."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._open: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(task)
            writer.close()

    async def close(self) -> None:
        """End every connection."""
        for task in [*self._open]:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await _line(reader)
        standing = read_preface(first)
        if standing is not None:
            writer.write(greeting())
            first = b""
        server = kr8_server(self._entrance, standing)
        arriving, leaving = Arriving(first, reader), Leaving(writer)
        await server.run(arriving, leaving, server.create_initialization_options())


class Arriving(ObjectReceiveStream[Received]):
    """A connection's messages as the library takes them: read where they are asked for, with no task in between.

    A connection that breaks, or says more than LONGEST_LINE at once, has ended.
    """

    def __init__(self, first: bytes, reader: asyncio.StreamReader) -> None:
        """`first` is a line that was read already; empty where there is none."""
        self._first = first
        self._reader = reader

    async def receive(self) -> Received:
        """The next message, or why it is none. Raises anyio.EndOfStream."""
        first, self._first = self._first, b""
        try:
            line = first or await _line(self._reader)
            while line and not line.strip():
                line = await _line(self._reader)
        except ConnectionError as error:
            raise anyio.EndOfStream from error
        if not line:
            raise anyio.EndOfStream
        return _parse(line)

    async def aclose(self) -> None:
        """Whoever made the connection closes it."""


class Leaving(ObjectSendStream[SessionMessage]):
    """A connection as the library writes to it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send(self, item: SessionMessage) -> None:
        """Write a message. Raises anyio.BrokenResourceError where nobody reads any more."""
        self._writer.write(item.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise anyio.BrokenResourceError from error

    async def aclose(self) -> None:
        """Whoever made the connection closes it."""


def read_preface(line: bytes) -> Standing | None:
    """What a bridge says of its caller in its first line; None where the line is no preface."""
    try:
        message: Any = json.loads(line)
        said: Any = message.get("kr8") if isinstance(message, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    directory: Any = said.get("directory")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    user: Any = said.get("user")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return Standing(directory if isinstance(directory, str) else None, user if isinstance(user, str) else "")


def greeting() -> bytes:
    """The answer to a preface: which daemon this is."""
    return json.dumps({"kr8": {"version": VERSION, "pid": os.getpid()}}).encode() + b"\n"


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError as error:
        # The rest of a line that is too long cannot be told from the next message.
        raise ConnectionResetError("a message was longer than LONGEST_LINE") from error


def _parse(line: bytes) -> Received:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValidationError as error:
        return error
