"""Run the service: python -m app PORT."""

from __future__ import annotations

import sys

import uvicorn


def main(port: int) -> None:
    """Serve on 127.0.0.1 until SIGTERM, then finish the requests that are open."""
    uvicorn.run(
        "app.main:app",
        host="127.0.0.1",
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=8,
        timeout_keep_alive=75,
        server_header=False,
    )


main(int(sys.argv[1]))
