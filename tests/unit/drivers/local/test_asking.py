"""A question, as the service that is asked sees it."""

import asyncio

import pytest

from kr8.drivers.local.ask import LONGEST, ask


@pytest.mark.parametrize("size", [0, LONGEST, 20 * LONGEST])
def test_the_service_sees_its_caller_leave_quietly(size: int) -> None:
    after: list[bytes | str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
            await writer.drain()
            after.append(await reader.read())
        except OSError as error:
            after.append(type(error).__name__)
        finally:
            writer.close()

    async def scene() -> int | None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            answer = await asyncio.to_thread(ask, f"{host}:{port}", "/metrics", None)
            async with asyncio.timeout(5.0):
                while not after:
                    await asyncio.sleep(0.001)
            return answer.status

    assert asyncio.run(scene()) == 200
    assert after == [b""]
