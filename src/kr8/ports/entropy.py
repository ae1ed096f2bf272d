"""New ids."""

from __future__ import annotations

from typing import Protocol


class Entropy(Protocol):
    """Makes ids that nobody can guess and that sort by the time they were made."""

    def new(self, prefix: str) -> str:
        """A new id: prefix, underscore, lower-case letters and digits."""
        ...
