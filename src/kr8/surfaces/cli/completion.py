"""What completion knows without the daemon: the names in kr8.toml."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click

PLURALS = {
    "environment": "environments",
    "from_environment": "environments",
    "to_environment": "environments",
    "service": "services",
    "services": "services",
}
Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def find_project(directory: Path) -> dict[str, Any] | None:
    """The nearest kr8.toml at or above a directory, parsed; None where there is none, or none that can be read."""
    import tomllib  # noqa: PLC0415 - completing a command needs none

    for folder in (directory, *directory.parents):
        file = folder / "kr8.toml"
        if file.is_file():
            try:
                return tomllib.loads(file.read_text("utf-8"))
            except (OSError, ValueError):
                return None
    return None


def declared(directory: Path, table: str) -> list[str]:
    """The names in a table of the project's kr8.toml: "environments", "services"."""
    found: Any = (find_project(directory) or {}).get(table)
    return sorted(cast("dict[str, object]", found)) if isinstance(found, dict) else []


def names_for(field: str | None, directory: Path) -> list[str]:
    """What kr8.toml declares for a field; nothing where the field names nothing of it."""
    table = PLURALS.get(field or "")
    return declared(directory, table) if table is not None else []


def names_in_project(field: str) -> Complete | None:
    """A completion for a field that names what kr8.toml declares; None for other fields."""
    table = PLURALS.get(field)
    if table is None:
        return None

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        return [name for name in declared(Path.cwd(), table) if name.startswith(incomplete)]

    return complete
