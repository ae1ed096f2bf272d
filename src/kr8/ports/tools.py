"""The tools that checkers stand on and that kr8 installs itself, each apart from kr8 and from the others."""

from __future__ import annotations

from typing import Literal, Protocol

from kr8.domain.model import Model


class Tool(Model):
    """One tool, and whether it is there."""

    name: str
    version: str
    state: Literal["installed", "missing", "installing", "failed"]
    what: str = ""
    """Where it is; why it could not be installed."""


class Tools(Protocol):
    """Lists and installs them."""

    async def list(self) -> tuple[Tool, ...]:
        """Every tool that can be installed, by name."""
        ...

    async def install(self, name: str, wait_s: float) -> Tool:
        """Install a tool, or join whoever does; how it is when it has ended or the wait is over.

        Raises Refused (unknown_tool).
        """
        ...
