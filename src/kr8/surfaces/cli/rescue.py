"""What restores a backup, as the command line sees it: it imports no models until it is used."""

from pathlib import Path
from typing import Any, Protocol


class Value(Protocol):
    """A model of the inside."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """It as JSON."""
        ...


class Rescue(Protocol):
    """Puts a backup in the place of the store, where no daemon runs."""

    def look(self, file: Path, head: str | None) -> Value:
        """What a file is: rows and head of its audit. Raises Refused where it cannot be restored."""
        ...

    def restore(self, file: Path, keys: Path | None, user: str) -> Value:
        """Put it in place. Raises Refused."""
        ...
