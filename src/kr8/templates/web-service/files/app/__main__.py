"""Run the service: python -m app PORT. HOST is the address it listens at, by default this machine alone."""

from __future__ import annotations

import os
import sys

import uvicorn


def main(port: int) -> None:
    """Serve until SIGTERM, then finish the requests that are open."""
    uvicorn.run(
        "app.main:app",
        host=os.environ.get("HOST", "127.0.0.1"),
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=8,
        timeout_keep_alive=75,
        server_header=False,
    )


main(int(sys.argv[1]))
