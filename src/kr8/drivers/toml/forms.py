"""Which keys each table of a file knows, from the JSON schema of its model (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, cast

from kr8.domain.model import Model

Schema = dict[str, Any]
Location: TypeAlias = tuple[str | int, ...]
TYPES: dict[str, tuple[type, ...]] = {"integer": (int, float), "number": (int, float), "boolean": (bool,)}
"""What TOML has for them; a number without a fraction may be written with one."""


@dataclass(frozen=True)
class Forms:
    """The forms of one file's tables."""

    model: type[Model]
    renamed: Mapping[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    """What keys were called before, in their tables, and what they are called."""

    @cached_property
    def schema(self) -> Schema:
        """The JSON schema of the file."""
        return self.model.model_json_schema()

    def keys_at(self, location: Iterable[str | int]) -> tuple[str, ...]:
        """The keys that may stand in the table at a location as pydantic writes it (union tags included)."""
        return tuple(self.form_at(location).get("properties", {}))

    def form_at(self, location: Iterable[str | int]) -> Schema:
        """What may stand at a location as pydantic writes it; empty where that is not known."""
        here = self._plain(self.schema)
        for part in location:
            here = self._plain(_step(here, part))
        return here

    def of_another_type(
        self, data: object, here: Schema | None = None, path: Location = ()
    ) -> Iterator[tuple[Location, Schema]]:
        """Where something stands that pydantic would read as a number or as true or false, and TOML says is none."""
        form = self._plain(self.schema if here is None else here)
        if isinstance(data, dict):
            table = cast("dict[str, object]", data)
            kind = str(table.get("kind"))
            tags = form.get("discriminator", {}).get("mapping", {})
            form = self._plain(_step(form, kind)) if kind in tags else form
            for key, value in table.items():
                yield from self.of_another_type(value, _step(form, key), (*path, key))
        elif isinstance(data, list):
            for number, value in enumerate(cast("list[object]", data)):
                yield from self.of_another_type(value, _step(form, number), (*path, number))
        elif type(data) not in TYPES.get(form.get("type", ""), (type(data),)):  # of a class itself: a bool is an int
            yield path, form

    def _plain(self, here: Schema) -> Schema:
        """Follow references, and go past "or null"."""
        if "$ref" in here:
            return self._plain(self.schema["$defs"][here["$ref"].rpartition("/")[2]])
        choices = [choice for choice in here.get("anyOf", ()) if choice.get("type") != "null"]
        return self._plain(choices[0]) if len(choices) == 1 else here


def _step(here: Schema, part: str | int) -> Schema:
    tags: dict[str, str] = here.get("discriminator", {}).get("mapping", {})
    if part in tags:
        return {"$ref": tags[str(part)]}
    properties: Schema = here.get("properties", {})
    named: Schema = here.get("patternProperties", {})
    every = next(iter(named.values()), None) or here.get("additionalProperties") or here.get("items")
    inner = properties.get(str(part)) or every
    return cast(Schema, inner) if isinstance(inner, dict) else {}
