"""A health question, as the service that is asked sees it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from kr8.supervisor import health

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\n"
BODY = b"x" * 300_000


@asynccontextmanager
async def served(answer: bytes, after: list[bytes | str]) -> AsyncIterator[int]:
    """A port whose server answers, and notes what it reads after that: nothing, where its caller went quietly."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            writer.write(answer)
            await writer.drain()
            after.append(await reader.read())
        except OSError as error:
            after.append(type(error).__name__)
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        yield port


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 Sick\r\nContent-Length: 5\r\n\r\nwhy, ",
        b"HTTP/1.1 204 Fine\r\n\r\n",
    ],
    ids=["length", "chunks", "empty", "bad", "no body"],
)
def test_a_service_that_keeps_connections_open_sees_its_caller_leave_quietly(answer: bytes) -> None:
    after: list[bytes | str] = []

    async def scene() -> None:
        async with served(answer, after) as port:
            await health.ask(port, "/", None, 5.0)
            async with asyncio.timeout(5.0):
                while not after:
                    await asyncio.sleep(0.001)

    asyncio.run(scene())
    assert after == [b""]


@pytest.mark.parametrize(
    "answer",
    [HEAD + b"\r\n", HEAD + b"Content-Length: 9\r\n\r\nhalf", HEAD + b"Content-Length: 99999999999\r\n\r\n" + BODY],
    ids=["without an end", "half", "too long"],
)
def test_what_an_answer_says_does_not_wait_for_its_end(answer: bytes) -> None:
    async def scene() -> str:
        async with served(answer, []) as port:
            return (await health.ask(port, "/", None, 60.0)).word

    assert asyncio.run(scene()) == "ok"
