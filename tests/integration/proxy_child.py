"""A supervisor in small, to be killed: adopts or starts the proxy for one service, tells its port, and waits.

With `churn` it does not wait: it adds and removes a second frontend until it is killed.
"""

import asyncio
import socket
import sys
from pathlib import Path

from kr8.supervisor.proxy.proxy import Proxy
from kr8.supervisor.proxy.table import Frontend, Server


async def main(home: str, binary: str, key: str, origin: str, manner: str) -> None:
    """Serve until killed."""
    proxy = Proxy(Path(home), binary)
    await proxy.adopt()
    listener = proxy.listeners.get(key) or socket.create_server(("127.0.0.1", 0), backlog=512)
    other = proxy.listeners.get(f"{key}-other") or socket.create_server(("127.0.0.1", 0), backlog=512)
    web = Frontend(key, listener.fileno(), "/health", 100, (Server("r1-0", "127.0.0.1", int(origin), 100),))
    await proxy.apply((web,))
    while not any(server.weight for server in (await proxy.observe()).frontends[key]):
        await asyncio.sleep(0.02)
    print(listener.getsockname()[1], flush=True)
    while manner == "churn":
        await proxy.apply((web, Frontend(f"{key}-other", other.fileno(), None)))
        await proxy.apply((web,))
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
