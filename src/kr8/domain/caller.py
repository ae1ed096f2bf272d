"""Who asks, and what that allows."""

from __future__ import annotations

from enum import StrEnum

from kr8.domain.model import Model


class Surface(StrEnum):
    """Where a call came in."""

    MCP = "mcp"
    CLI = "cli"
    HTTP = "http"
    DAEMON = "daemon"


class Caller(Model):
    """Who asks and through what. No surface proves a person: only a signature does."""

    name: str
    """What the caller calls itself: a user name, or an MCP client's name. Not proof of anything, unless `proved`."""
    surface: Surface
    """Where the call came in."""
    session: str = ""
    """The connection it came through."""
    proved: bool = False
    """Whether the approver of that name has signed this very request."""

    def label(self) -> str:
        """One word for lists and the audit: name by surface, and whether it is proved."""
        return f"{self.name} ({self.surface}, signed)" if self.proved else f"{self.name} ({self.surface})"

    def told(self, *, command: str, tool: str) -> str:
        """What to do next, in the words of the caller's surface: as a command, or as a tool's name and arguments."""
        return command if self.surface is Surface.CLI else tool


class Effect(StrEnum):
    """What an operation may do to the world."""

    READ = "read"
    CHANGE = "change"
    DESTROY = "destroy"


class Audience(StrEnum):
    """Whose business an operation is; what is for people only stays out of the agent's tool list."""

    EVERYONE = "everyone"
    PEOPLE = "people"
