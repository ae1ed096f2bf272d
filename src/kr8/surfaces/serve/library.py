"""The MCP library without the parts of it that a server never uses."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

PACKAGES = ("mcp", "mcp.server")
"""What these import at their own import is the client, its HTTP library and a framework for servers: a fifth of all."""


class _Package(ModuleType):
    """A package whose submodules can be imported, and whose own code runs when it is first asked for a name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        assert self.__spec__ is not None and self.__spec__.loader is not None
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def import_server_alone() -> None:
    """Have imports of the MCP library's modules import those alone; changes nothing where it was imported before."""
    for name in PACKAGES:
        if name not in sys.modules:
            _prepare(name)


def _prepare(name: str) -> None:
    spec = find_spec(name)
    assert spec is not None
    package = module_from_spec(spec)
    package.__class__ = _Package
    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)
