"""Changes a TOML text as a person would: one value, the rest as it was."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, cast

import tomlkit

from kr8.domain.problem import refuse


def set_value(text: str, path: tuple[str, ...], value: Any) -> str:
    """The text with one value set, every comment and blank line kept. Tables that are missing are added.

    Raises Refused (invalid_project_file) where a part of the path is no table.
    """
    document = tomlkit.parse(text)
    here: MutableMapping[str, Any] = document
    for part in path[:-1]:
        inner = here.setdefault(part, tomlkit.table())
        if not isinstance(inner, MutableMapping):
            raise refuse("invalid_project_file", f"{part} is no table.", field=".".join(path))
        here = cast("MutableMapping[str, Any]", inner)
    here[path[-1]] = value
    return document.as_string()
