"""A real HTTP server on a unix socket that answers as a test says."""

import json
import socketserver
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

Answer = Callable[[str, str, Any], tuple[int, Any] | None]
"""Method, path and JSON body → status and JSON value; None: hang up without an answer."""


class SocketServer(AbstractContextManager["SocketServer"]):
    """Serves until its block ends; remembers what it was asked."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._server = _Server(str(path), _handler(self, answer))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> "SocketServer":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def _handler(kept: SocketServer, answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            kept.asked.append((self.command, self.path, body))
            kept.headers.append(dict(self.headers.items()))
            found = answer(self.command, self.path, body)
            if found is None:
                return
            data = json.dumps(found[1]).encode()
            self.send_response(found[0])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _do  # noqa: N815 - the names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    return Handler


def operations(**does: Callable[[dict[str, Any]], Any]) -> Answer:
    """Answers as the daemon does: each operation a function of its arguments; a Refusal it returns is a problem."""

    def answer(_method: str, path: str, body: Any) -> tuple[int, Any] | None:
        result = does[path.removeprefix("/v1/operations/")](body)
        if isinstance(result, Refusal):
            return 409, {"problem": result.problem} | result.beside
        return None if result is None else (200, {"result": result})

    return answer


class Refusal:
    """A problem to answer with, and what stands beside it."""

    def __init__(self, beside: dict[str, Any] | None = None, **problem: Any) -> None:
        self.problem = problem
        self.beside = beside or {}
