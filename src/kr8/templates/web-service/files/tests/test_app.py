"""Each request and what is answered to it, without a network."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any

from app.main import BODY_LIMIT, VERSION, app


async def ask(method: str, path: str, body: bytes = b"") -> tuple[int, dict[bytes, bytes], bytes]:
    """Send one request to the application: status, headers, body."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "headers": [(b"content-type", b"a/b")]}
    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(part["body"] for part in sent[1:])


class TheService(unittest.TestCase):
    """What it answers."""

    def test_every_answer_names_the_version(self) -> None:
        for path in ("/", "/healthz", "/metrics", "/nowhere"):
            _, headers, _ = asyncio.run(ask("GET", path))
            self.assertEqual(headers[b"x-app-version"], VERSION.encode())

    def test_a_posted_body_comes_back(self) -> None:
        status, headers, body = asyncio.run(ask("POST", "/", b"\x00hello"))
        self.assertEqual((status, headers[b"content-type"], body), (200, b"a/b", b"\x00hello"))

    def test_a_body_that_is_too_large_is_refused(self) -> None:
        status, _, _ = asyncio.run(ask("POST", "/", b"x" * (BODY_LIMIT + 1)))
        self.assertEqual(status, 413)

    def test_it_is_healthy(self) -> None:
        self.assertEqual(asyncio.run(ask("GET", "/healthz"))[::2], (200, b"ok\n"))

    def test_requests_are_counted(self) -> None:
        asyncio.run(ask("GET", "/"))
        _, _, body = asyncio.run(ask("GET", "/metrics"))
        self.assertIn(b'app_requests_total{method="GET",status="200"}', body)

    def test_other_paths_and_methods_are_refused(self) -> None:
        self.assertEqual(asyncio.run(ask("GET", "/nowhere"))[0], 404)
        self.assertEqual(asyncio.run(ask("DELETE", "/"))[0], 405)


if __name__ == "__main__":
    unittest.main()
