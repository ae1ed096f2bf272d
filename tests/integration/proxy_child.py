"""A supervisor in small, to be killed: starts the proxy for one service on a port, says so, and waits."""

import asyncio
import socket
import sys
from pathlib import Path

from kr8.supervisor.proxy.proxy import Proxy
from kr8.supervisor.proxy.table import Frontend, Server


async def main(home: str, binary: str, key: str, origin: str) -> None:
    """Serve until killed."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    proxy = Proxy(Path(home), binary)
    await proxy.apply(
        (Frontend(key, listener.fileno(), "/health", 100, (Server("r1-0", "127.0.0.1", int(origin), 100),)),)
    )
    while not any(server.weight for server in (await proxy.observe()).frontends[key]):
        await asyncio.sleep(0.02)
    print(listener.getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
