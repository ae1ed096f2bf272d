"""The processes of the test house: `serve` is its daemon, `mcp` the real bridge to it, `old` a daemon of the past.

Run it as `python -m tests.surfaces.house` from the root of the checkout.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kr8.bridge.contract import Contract
from kr8.bridge.conversation import Conversation
from kr8.bridge.home import Home, find_home
from kr8.bridge.link import Link
from kr8.bridge.loop import Bridge
from kr8.bridge.starter import Starter

ROOT = Path(__file__).resolve().parents[3]
# The house lies outside the installed package, so the daemon needs to be told where.
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[1:] = ['serve']; import tests.surfaces.house.__main__"
COMMAND = (sys.executable, "-P", "-c", f"{START} as house; raise SystemExit(house.main())")


def main() -> int:
    """Be one of the processes."""
    doors: dict[str, Callable[[], int]] = {"serve": serve, "mcp": bridge, "old": old, "broken": broken}
    return doors[sys.argv[1]]()


def serve() -> int:
    """The daemon; what follows are its flags, and `slow` before them delays its opening until a file is there."""
    from kr8.surfaces.serve.main import main as daemon  # noqa: PLC0415

    def load() -> object:
        from tests.surfaces.house.app import open_house  # noqa: PLC0415

        gate = os.environ.get("HOUSE_OPENS_WITH")
        while gate and not Path(gate).exists():
            time.sleep(0.01)
        return open_house

    return daemon(sys.argv[2:], load)  # type: ignore[arg-type]


def bridge() -> int:
    """The bridge, but for the daemon that it starts; a contract may be given as a file."""
    home = find_home(os.environ)
    contract = None
    if path := os.environ.get("HOUSE_CONTRACT"):
        import json  # noqa: PLC0415

        contract = Contract(json.loads(Path(path).read_text()))
    command = (sys.executable, "-c", "print('the roof fell in'); raise SystemExit(7)") if broke() else COMMAND
    Bridge(Conversation(contract), Link(home), Starter(home, command), (0, 1)).run()
    return 0


def broke() -> bool:
    """Whether the daemon is to fail as it starts."""
    return "HOUSE_IS_BROKEN" in os.environ


def broken() -> int:
    """A daemon that ends as it starts."""
    print("the roof fell in")
    return 7


def old() -> int:
    """A daemon of the past: it greets, and knows how to end."""
    home: Home = find_home(os.environ)
    Path(home.run).mkdir(parents=True, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(home.mcp_socket)
    listener.listen()
    while True:
        connection, _ = listener.accept()
        connection.sendall(b'{"kr8": {"version": "0.0.1", "pid": 0}}\n')


if __name__ == "__main__":
    raise SystemExit(main())
