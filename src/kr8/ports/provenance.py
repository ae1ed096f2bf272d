"""Where this kr8 itself comes from."""

from __future__ import annotations

from typing import Protocol


class Provenance(Protocol):
    """Knows how this kr8 was installed."""

    def source(self) -> str | None:
        """The commit that it was installed from, as "git+URL@COMMIT"; None: it was not installed from a commit."""
        ...
