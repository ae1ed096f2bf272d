"""Finds plugins: one a file in a package of kr8, and those that other distributions declare as entry points."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any


def names_in(package: ModuleType) -> frozenset[str]:
    """The names of the plugins that found_in finds, without loading any."""
    own = {info.name.replace("_", "-") for info in pkgutil.iter_modules(package.__path__)}
    return frozenset(own | {point.name for point in declared(package.__name__)})


def found_in(package: ModuleType, attribute: str) -> dict[str, Any]:
    """What each module of a package offers under a name, by the module's name with dashes for underscores.

    Entry points of the group named as the package ("kr8.gates") are added; one that takes a built-in's name is refused
    with a ValueError, because a plugin must not replace a check silently.
    """
    plugins: dict[str, Any] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{info.name}")
        if hasattr(module, attribute):
            plugins[info.name.replace("_", "-")] = getattr(module, attribute)
    for point in declared(package.__name__):
        if point.name in plugins:
            raise ValueError(f"the plugin {point.value} takes the name of the built-in {package.__name__} {point.name}")
        plugins[point.name] = point.load()
    return plugins


@cache
def declared(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group, read once: what is installed later counts from the next start on."""
    return tuple(entry_points(group=group))
