"""A part of the web application that has a life of its own."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from starlette.types import ASGIApp


class Part(Protocol):
    """An endpoint that has to be run while it is served."""

    endpoint: ASGIApp

    def run(self) -> AbstractAsyncContextManager[None]:
        """Run it."""
        ...
