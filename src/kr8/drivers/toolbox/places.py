"""Every tool that kr8 can install."""

from __future__ import annotations

from pathlib import Path

from kr8.drivers.toolbox import go_programs, python_environments
from kr8.drivers.toolbox.place import Place

HERE = Path(__file__).parent


def places(root: Path, sources: Path = HERE) -> dict[str, Place]:
    """Every tool, by name; `root`: the folder of all tools, `sources`: that of what they are made of."""
    made = (*python_environments.places(root, sources), *go_programs.places(root, sources))
    return {place.name: place for place in sorted(made, key=lambda place: place.name)}
