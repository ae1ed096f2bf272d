"""The service: a table of what is answered to whom."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from time import perf_counter

from app.http import DisconnectedError, Receive, Response, Scope, Send, TooLargeError, begin, read_body, respond
from app.metrics import CONTENT_TYPE, Metrics

VERSION = os.environ.get("KR8_VERSION", "unknown")
BODY_LIMIT = 1 << 20
HEADERS = [(b"x-app-version", VERSION.encode())]
GREETING = Response(json.dumps({"service": "web", "version": VERSION}).encode() + b"\n", 200, b"application/json")
OK = Response(b"ok\n")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

metrics = Metrics()
Handler = Callable[[Scope, Receive], Awaitable[Response]]


async def greet(scope: Scope, receive: Receive) -> Response:
    """GET /"""
    return GREETING


async def echo(scope: Scope, receive: Receive) -> Response:
    """POST /"""
    body = await read_body(receive, BODY_LIMIT)
    sent = dict(scope["headers"]).get(b"content-type", b"application/octet-stream")
    return Response(body, 200, sent)


async def health(scope: Scope, receive: Receive) -> Response:
    """GET /healthz"""
    return OK


async def measures(scope: Scope, receive: Receive) -> Response:
    """GET /metrics"""
    return Response(metrics.text(VERSION).encode(), 200, CONTENT_TYPE)


ROUTES: dict[str, dict[str, Handler]] = {
    "/": {"GET": greet, "HEAD": greet, "POST": echo},
    "/healthz": {"GET": health, "HEAD": health},
    "/metrics": {"GET": measures},
}


async def answer(scope: Scope, receive: Receive) -> Response:
    """Find who answers, and have it answered."""
    methods = ROUTES.get(scope["path"])
    if methods is None:
        return Response(b"not found\n", 404)
    handler = methods.get(scope["method"])
    if handler is None:
        return Response(b"method not allowed\n", 405, more=((b"allow", ", ".join(methods).encode()),))
    try:
        return await handler(scope, receive)
    except TooLargeError:
        return Response(b"the body is too large\n", 413, more=((b"connection", b"close"),))


async def events(receive: Receive, send: Send) -> None:
    """GET /events: one event a second until the client goes away."""
    await begin(send, 200, [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), *HEADERS])
    gone = asyncio.ensure_future(_disconnected(receive))
    number = 0
    try:
        while not gone.done():
            number += 1
            event = f"id: {number}\ndata: {json.dumps({'version': VERSION, 'number': number})}\n\n"
            await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
            await asyncio.wait({gone}, timeout=1)
    except asyncio.CancelledError:
        # The server stops: end the stream, so that the client sees an end and not a broken connection.
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def lifespan(receive: Receive, send: Send) -> None:
    """Say yes to start and stop: there is nothing to prepare."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    if scope["path"] == "/events" and scope["method"] == "GET":
        return await events(receive, send)
    begun = perf_counter()
    try:
        response = await answer(scope, receive)
    except DisconnectedError:
        return None
    method = scope["method"] if scope["method"] in METHODS else "other"
    metrics.count(method, response.status, perf_counter() - begun)
    return await respond(send, response, HEADERS)
