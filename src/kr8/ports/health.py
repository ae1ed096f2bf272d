"""Whether the parts that kr8 stands on work."""

from __future__ import annotations

from typing import Literal, Protocol

from kr8.domain.model import Model


class Check(Model):
    """One thing that was looked at."""

    name: str
    result: Literal["ok", "warning", "broken", "not checked"]
    what: str
    mend: str = ""


class Health(Protocol):
    """Looks at store, supervisor, proxy, tools and disk."""

    async def checks(self) -> tuple[Check, ...]:
        """Look at everything; what could not be looked at says so."""
        ...
