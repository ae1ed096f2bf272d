"""Which keys each table of kr8.toml knows, from its own JSON schema (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from kr8.domain.project import Project

Schema = dict[str, Any]


@cache
def schema() -> Schema:
    """The JSON schema of kr8.toml (draft 2020-12)."""
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "kr8.toml"}
    return {**Project.model_json_schema(), **title}


def keys_at(location: Iterable[str | int]) -> tuple[str, ...]:
    """The keys that may stand in the table at a location as pydantic writes it (union tags included)."""
    here = _plain(schema())
    for part in location:
        here = _plain(_step(here, part))
    return tuple(here.get("properties", {}))


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
