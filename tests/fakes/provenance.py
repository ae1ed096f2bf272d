"""The Provenance port, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class FakeProvenance:
    """Implements the port `Provenance`."""

    told: str | None = None

    def source(self) -> str | None:
        """What a test has said."""
        return self.told
