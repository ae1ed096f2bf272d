"""HTTP/1.1 on a unix socket: threads that read requests and hand them to the loop."""

import asyncio
import json
import os
import socket
import socketserver
import threading
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

from kr8.sandbox import word
from kr8.supervisor.codec import encode
from kr8.supervisor.observed import Problem
from kr8.supervisor.proxy.admin import short_path
from kr8.supervisor.refused import RefusedError, malformed, word_missing
from kr8.supervisor.routes import Request, answer
from kr8.supervisor.verbs import Verbs

_BODY_MAX = 8 * 1024 * 1024
_IDLE_S = 60


def listen(path: Path) -> socket.socket:
    """The socket, put in place by rename: nobody ever finds none, and a stale one is replaced."""
    made = socket.socket(socket.AF_UNIX)
    new = f"{path.name}.{os.getpid()}"
    with short_path(path.parent, new) as short:
        made.bind(short)
    (path.parent / new).chmod(0o600)
    made.listen(64)
    (path.parent / new).replace(path)
    return made


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves the verbs from threads of its own."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listening: socket.socket, verbs: Verbs, loop: asyncio.AbstractEventLoop) -> None:
        socketserver.BaseServer.__init__(self, "", _Handler)
        self.socket = listening
        self.verbs = verbs
        self.loop = loop

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def ask(self, request: Request) -> object:
        """Done in the loop; waits for the answer."""
        future: Future[object] = asyncio.run_coroutine_threadsafe(answer(self.verbs, request), self.loop)
        return future.result()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "kr8-supervisor"
    timeout = _IDLE_S

    def do_GET(self) -> None:
        self._serve()

    do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what changes something is in the journal."""

    def _serve(self) -> None:
        try:
            status, value = 200, cast("Server", self.server).ask(self._request())
        except RefusedError as refused:
            status, value = refused.status, refused.problem
        except Exception as error:  # the client must hear of a defect, too
            status, value = (
                500,
                Problem(
                    "internal",
                    "a defect in the supervisor",
                    f"{type(error).__name__}: {error}",
                    "look at what runs, `kr8 status`, before you ask again; `kr8 doctor` checks the rest",
                ),
            )
        data = json.dumps(encode(value), ensure_ascii=False).encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _request(self) -> Request:
        run = cast("Server", self.server).verbs.control.home.run
        if not word.is_said(str(run), self.headers.get(word.HEADER)):
            self.close_connection = True
            raise word_missing(str(run / "word"))
        url = urlsplit(self.path)
        return Request(self.command, unquote(url.path), dict(parse_qsl(url.query)), self._body())

    def _body(self) -> object:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _BODY_MAX:
            self.close_connection = True
            raise malformed(f"a body has a Content-Length of at most {_BODY_MAX}")
        data = self.rfile.read(int(length))
        try:
            return json.loads(data) if data else None
        except ValueError as error:
            raise malformed(f"the body is not JSON: {error}") from error
