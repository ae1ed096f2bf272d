"""Which keys each table of kr8.toml knows, from its own JSON schema (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, TypeAlias, cast

from kr8.domain.project import Project

Schema = dict[str, Any]
Location: TypeAlias = tuple[str | int, ...]
TYPES: dict[str, tuple[type, ...]] = {"integer": (int, float), "number": (int, float), "boolean": (bool,)}
"""What TOML has for them; a number without a fraction may be written with one."""


@cache
def schema() -> Schema:
    """The JSON schema of kr8.toml (draft 2020-12)."""
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "kr8.toml"}
    return {**Project.model_json_schema(), **title}


def keys_at(location: Iterable[str | int]) -> tuple[str, ...]:
    """The keys that may stand in the table at a location as pydantic writes it (union tags included)."""
    return tuple(form_at(location).get("properties", {}))


def form_at(location: Iterable[str | int]) -> Schema:
    """What may stand at a location as pydantic writes it; empty where that is not known."""
    here = _plain(schema())
    for part in location:
        here = _plain(_step(here, part))
    return here


def of_another_type(data: object, here: Schema | None = None, path: Location = ()) -> Iterator[tuple[Location, Schema]]:
    """Where something stands that pydantic would read as a number or as true or false, and TOML says is none."""
    form = _plain(schema() if here is None else here)
    if isinstance(data, dict):
        table = cast("dict[str, object]", data)
        kind = str(table.get("kind"))
        form = _plain(_step(form, kind)) if kind in form.get("discriminator", {}).get("mapping", {}) else form
        for key, value in table.items():
            yield from of_another_type(value, _step(form, key), (*path, key))
    elif isinstance(data, list):
        for number, value in enumerate(cast("list[object]", data)):
            yield from of_another_type(value, _step(form, number), (*path, number))
    elif type(data) not in TYPES.get(form.get("type", ""), (type(data),)):  # of a class itself: a bool is an int
        yield path, form


def _step(here: Schema, part: str | int) -> Schema:
    tags: dict[str, str] = here.get("discriminator", {}).get("mapping", {})
    if part in tags:
        return {"$ref": tags[str(part)]}
    properties: Schema = here.get("properties", {})
    named: Schema = here.get("patternProperties", {})
    every = next(iter(named.values()), None) or here.get("additionalProperties") or here.get("items")
    inner = properties.get(str(part)) or every
    return cast(Schema, inner) if isinstance(inner, dict) else {}


def _plain(here: Schema) -> Schema:
    """Follow references, and go past "or null"."""
    if "$ref" in here:
        return _plain(schema()["$defs"][here["$ref"].rpartition("/")[2]])
    choices = [choice for choice in here.get("anyOf", ()) if choice.get("type") != "null"]
    return _plain(choices[0]) if len(choices) == 1 else here
