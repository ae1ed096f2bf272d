"""Serve a built site: python3 -m server DIST PORT. HOST is the address, by default this machine alone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from server.site import read_site
from server.web import VERSION, Server, log


def main(dist: Path, port: int) -> None:
    """Serve until SIGTERM, then answer what is open."""
    pages = read_site(dist)
    if "/index.html" not in pages:
        sys.exit(f"{dist} is no built site: python3 -m server.build public {dist}")
    server = Server((os.environ.get("HOST", "127.0.0.1"), port), pages)
    stops: list[threading.Thread] = []

    def stop(number: int, _: FrameType | None) -> None:
        if not stops:
            log("info", "stopping", signal=signal.Signals(number).name)
            stops.append(threading.Thread(target=server.stop))
            stops[0].start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log("info", "listening", port=server.server_port, pages=len(pages), version=VERSION)
    server.serve_forever(poll_interval=0.1)
    for thread in stops:
        thread.join()
    log("info", "stopped")


if len(sys.argv) not in (2, 3):
    sys.exit("python3 -m server DIST PORT")
main(Path(sys.argv[1]), int(sys.argv[2] if len(sys.argv) == 3 else os.environ["PORT"]))
