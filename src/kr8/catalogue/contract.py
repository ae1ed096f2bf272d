"""What the operations look like from outside: JSON schemas for tools, forms, help and the reference."""

from __future__ import annotations

from typing import Any

from kr8.catalogue.operation import Operation
from kr8.domain.caller import Effect
from kr8.domain.model import Model


def input_schema(model: type[Model]) -> dict[str, Any]:
    """The JSON schema of a request: no titles, references put in place, so that a model reads few tokens."""
    schema = model.model_json_schema()
    definitions: dict[str, Any] = schema.pop("$defs", {})
    plain: dict[str, Any] = _compact(schema, definitions)
    plain.pop("description", None)
    return plain


FOR_KR8 = frozenset({"positional", "short", "hidden", "freeWords"})
"""What a schema says to kr8 alone: to its command line, and to the one path."""


def tool_schema(model: type[Model]) -> dict[str, Any]:
    """The JSON schema of a request as a model reads it: nothing for the command line, no empty defaults."""
    schema = input_schema(model)
    return {**schema, "properties": {name: _told(part) for name, part in schema.get("properties", {}).items()}}


def _told(part: dict[str, Any]) -> dict[str, Any]:
    """An argument: one word that it may be is its default too, and its own description says what the list is of."""
    said = {key: value for key, value in part.items() if key not in FOR_KR8 and (key != "default" or value)}
    if "const" in said:
        said.pop("default", None)
    if "enum" in said.get("items", {}):
        said["items"] = {key: value for key, value in said["items"].items() if key != "description"}
    return said


def output_schema(model: type[Model]) -> dict[str, Any]:
    """The top level of a response's JSON schema: names and types, nothing below them."""
    schema = model.model_json_schema(mode="serialization")
    properties = {name: _top(part) for name, part in schema.get("properties", {}).items()}
    return {"type": "object", "properties": properties, "required": sorted(schema.get("required", []))}


def hints(found: Operation) -> dict[str, bool]:
    """The four hints of MCP, all of them said."""
    return {
        "readOnlyHint": found.mark.effect is Effect.READ,
        "destructiveHint": found.mark.effect is Effect.DESTROY,
        "idempotentHint": found.mark.idempotent or found.mark.effect is Effect.READ,
        "openWorldHint": found.mark.open_world,
    }


def _top(part: dict[str, Any]) -> dict[str, Any]:
    if "type" in part:
        return {"type": part["type"]}
    kinds = sorted({option.get("type", "object") for option in part.get("anyOf", []) if "$ref" not in option})
    if "anyOf" in part and any("$ref" in option for option in part["anyOf"]):
        kinds = sorted({*kinds, "object"})
    # A reference may be to an enum of strings as well as to an object: nothing is promised of it here.
    return {"type": kinds} if kinds and "anyOf" in part else {}


def _compact(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_compact(item, definitions) for item in node]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(node, dict):
        return node
    known: dict[str, Any] = node  # pyright: ignore[reportUnknownVariableType]
    if "$ref" in known:
        target = definitions[known["$ref"].rsplit("/", 1)[1]]
        return _compact({**target, **{key: value for key, value in known.items() if key != "$ref"}}, definitions)
    return _tidy(
        {
            key: _properties(value, definitions) if key == "properties" else _compact(value, definitions)
            for key, value in known.items()
            if key != "title" or not isinstance(value, str)
        }
    )


def _properties(properties: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return {name: _compact(part, definitions) for name, part in properties.items()}


def _tidy(node: dict[str, Any]) -> dict[str, Any]:
    """Say an optional value as its type alone: leaving it out is what null means."""
    options = node.get("anyOf")
    if options and {"type": "null"} in options and node.get("default", 0) is None:
        rest = [option for option in options if option != {"type": "null"}]
        without = {key: value for key, value in node.items() if key not in ("anyOf", "default")}
        return {**rest[0], **without} if len(rest) == 1 else {**without, "anyOf": rest}
    return node
