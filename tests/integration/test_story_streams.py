"""Connections that stay open: they live on the old version until they end, or until the drain is over."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from tests.support.scene import Scene, blue_green

DRAIN = "4s"


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare(development={"strategy": {**blue_green(), "drain_limit": DRAIN}, "listen": {"web": scene.at(0)}})
        scene.start_project()
        scene.deploy()
        yield scene


def opened(shop: Scene, head: str) -> tuple[socket.socket, bytes]:
    """A connection with its first answer."""
    made = socket.create_connection(("127.0.0.1", shop.ports[0]), 20)
    made.sendall(head.encode())
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += made.recv(4096)
    return made, seen


WEBSOCKET = (
    "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def say(websocket: socket.socket, text: bytes) -> bytes:
    """Send a frame, and read what comes back."""
    frame = bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text
    websocket.sendall(frame)
    back = b""
    while len(back) < len(frame) and (more := websocket.recv(4096)):
        back += more
    return back[6:]


def test_a_websocket_lives_on_the_old_version_until_it_is_closed(shop: Scene) -> None:
    websocket, head = opened(shop, WEBSOCKET)
    assert head.startswith(b"HTTP/1.1 101") and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    new = shop.behave("ok")
    deployment = shop.op("deploy_project", environment="development")["id"]
    shop.until(deployment, lambda each: each["state"] == "promoted")
    assert shop.version() == new
    assert say(websocket, b"still there?") == b"still there?"
    websocket.close()
    began = time.monotonic()
    shop.ended(deployment)
    assert time.monotonic() - began < 30, "nothing is left to wait for"


def test_a_stream_is_cut_at_the_drain_limit_and_who_held_it_is_told(shop: Scene) -> None:
    old = shop.version()
    stream, head = opened(shop, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200" in head.split(b"\r\n")[0]
    shop.behave("ok")
    deployment = shop.op("deploy_project", environment="development")["id"]
    lines = b""
    while data := stream.recv(4096):
        lines += data
    assert lines.count(old.encode()) > 40, "it lived through the bake and the drain"
    seen = shop.ended(deployment)
    told = [line["text"] for line in shop.op("get_deployment_logs", deployment=seen["id"], limit=500)["lines"]]
    assert any("drains: " in text and "open" in text for text in told), told
