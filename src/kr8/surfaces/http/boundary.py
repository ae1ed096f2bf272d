"""Whom HTTP answers: a web page that a person happens to visit must not reach the daemon through their browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from kr8.domain.problem import Problem, refuse
from kr8.settings import Listen
from kr8.surfaces.http.answers import problem_answer

NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Boundary:
    """The Host and Origin headers that are answered; a request without Origin is no browser's cross-site one."""

    hosts: frozenset[str]
    origins: frozenset[str]

    def check(self, headers: Mapping[str, str]) -> Problem | None:
        """Why a request with these headers is refused; None where it is not."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self.hosts:
            return _refusal("host_not_allowed", f"The Host header {host!r} is not this daemon's.", "Host")
        if origin is not None and origin not in self.origins:
            return _refusal("origin_not_allowed", f"Pages of {origin!r} may not call this daemon.", "Origin")
        return None


def boundary_of(listen: Listen | None) -> Boundary:
    """The names of this machine with the daemon's own port: a page of another local service is foreign too.

    Over the unix socket, which no browser reaches, the host is "localhost".
    """
    at = [f"{name}:{listen.port}" for name in NAMES] if listen is not None else []
    return Boundary(frozenset({"localhost", *at}), frozenset(f"http://{name}" for name in at))


class BoundaryMiddleware:
    """Applies a boundary to every request."""

    def __init__(self, app: ASGIApp, boundary: Boundary) -> None:
        self._app = app
        self._boundary = boundary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        problem = self._boundary.check(Headers(scope=scope)) if scope["type"] == "http" else None
        await (problem_answer(problem) if problem is not None else self._app)(scope, receive, send)


def _refusal(code: str, what: str, field: str) -> Problem:
    mend = "Call it by the address it listens on: 127.0.0.1, localhost or [::1] with its port."
    return refuse(code, what, why="This keeps web pages away from it.", mend=mend, field=field).problem
