"""Answers requests from the table of pages; stops gently."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from server.metrics import CONTENT_TYPE, Metrics
from server.site import ASK_AGAIN, Page

VERSION = os.environ.get("KR8_VERSION", "unknown")
DRAIN_S = 8.0
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
}


def log(level: str, message: str, **more: object) -> None:
    """One JSON object a line."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    sys.stdout.write(json.dumps({"at": at, "level": level, "message": message, **more}) + "\n")
    sys.stdout.flush()


class Server(ThreadingHTTPServer):
    """The pages of a site, a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], pages: Mapping[str, Page]) -> None:
        super().__init__(address, Handler)
        self.pages = pages
        self.metrics = Metrics()
        self.stopping = False
        self._open = 0
        self._changed = threading.Condition()

    def begin(self) -> None:
        """A request is being answered."""
        with self._changed:
            self._open += 1

    def end(self) -> None:
        """It is answered."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Take no more connections, and wait for the requests that are open. Not from the thread that serves."""
        self.stopping = True
        self.shutdown()
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, DRAIN_S):
                log("warning", "requests were still open and are cut off", open=self._open)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 75

    def do_GET(self) -> None:
        """Answer, count, and close the connection once the server stops."""
        begun = time.perf_counter()
        self.server.begin()
        try:
            status = self._answer()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
            return
        finally:
            self.server.end()
        self.server.metrics.count(self.command, status, time.perf_counter() - begun)

    do_HEAD = do_GET  # the name that the library looks for

    def version_string(self) -> str:
        """Nothing that tells what serves."""
        return "site"

    def log_message(self, format: str, *args: object) -> None:  # named as the library has it
        """Nothing for each request: they are counted."""

    def _answer(self) -> int:
        path = self.path.partition("?")[0]
        if path == "/healthz":
            return self._send(200, b"ok\n", {"Content-Type": "text/plain; charset=utf-8"})
        if path == "/metrics":
            return self._send(200, self.server.metrics.text(VERSION).encode(), {"Content-Type": CONTENT_TYPE})
        page = self.server.pages.get(path)
        if page is not None:
            return self._page(200, page)
        if f"{path}/" in self.server.pages:
            return self._send(308, b"", {"Location": f"{path}/"})
        missing = self.server.pages.get("/404.html")
        if missing is None:
            return self._send(404, b"not found\n", {"Content-Type": "text/plain; charset=utf-8"})
        return self._page(404, missing)

    def _page(self, status: int, page: Page) -> int:
        zips = page.zipped is not None and "gzip" in self.headers.get("Accept-Encoding", "")
        headers = {
            "Content-Type": page.content_type,
            # Of another status than 200 nothing is kept.
            "Cache-Control": page.caching if status == 200 else ASK_AGAIN,
            "ETag": page.etag,
            **({"Vary": "Accept-Encoding"} if page.zipped is not None else {}),
            **({"Content-Encoding": "gzip"} if zips else {}),
        }
        if status == 200 and page.etag in self.headers.get("If-None-Match", ""):
            return self._send(304, b"", {name: headers[name] for name in ("Cache-Control", "ETag")})
        body = page.zipped if zips and page.zipped is not None else page.body
        return self._send(status, body, headers)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> int:
        self.send_response(status)
        for name, value in {**headers, **SECURITY, "X-App-Version": VERSION}.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        if self.server.stopping:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return status
