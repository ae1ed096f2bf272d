"""catalogue.json, made of the real Catalogue when the project is built; never imported by a command that runs."""

import json
from collections.abc import Iterable
from typing import Any

from kr8.catalogue.contract import input_schema
from kr8.catalogue.operation import Operation
from kr8.domain.rights import PROTECTED, Right

SCALARS = ("string", "integer", "number", "boolean")
HINTS = {"positional": "positional", "short": "short", "writeOnly": "write_only", "hidden": "hidden"}


def contract(catalogue: Iterable[Operation]) -> dict[str, Any]:
    """What the command line must know of every operation. Raises ValueError where two commands have one path."""
    operations = sorted(catalogue, key=lambda each: (each.mark.command, each.name))
    _check_paths([each.mark.command for each in operations])
    return {"operations": [_operation(each) for each in operations]}


def contract_text(catalogue: Iterable[Operation]) -> str:
    """The text of catalogue.json."""
    return json.dumps(contract(catalogue), indent=1, ensure_ascii=False) + "\n"


def field_of(name: str, part: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """One field of a request, from its part of the JSON schema."""
    kind, items = _kind(part)
    described = part.get("items", {}) if kind == "list" else part
    found = {
        "name": name,
        "type": kind,
        "items": items,
        "required": required,
        "default": part.get("default"),
        "choices": [str(choice) for choice in described.get("enum", [])],
        "description": part.get("description", ""),
        **{ours: part[theirs] for theirs, ours in HINTS.items() if theirs in part},
    }
    return {key: value for key, value in found.items() if value not in (None, [], "", False)}


def _operation(found: Operation) -> dict[str, Any]:
    schema = input_schema(found.request)
    required = schema.get("required", [])
    parts: dict[str, dict[str, Any]] = schema.get("properties", {})
    return {
        "name": found.name,
        "command": found.mark.command,
        "text": found.text,
        "effect": found.mark.effect.value,
        "audience": found.mark.audience.value,
        "response": found.response.__name__,
        **({"signed": True} if PROTECTED[found.mark.reach] is Right.SIGNATURE else {}),
        "fields": [field_of(name, part, required=name in required) for name, part in parts.items()],
    }


def _kind(part: dict[str, Any]) -> tuple[str, str | None]:
    """What the command line reads for a schema: a scalar, a list or map of scalars, or JSON for all else."""
    types = [option.get("type") for option in part.get("anyOf", [part])]
    kind = next((scalar for scalar in SCALARS if scalar in types), None)
    if kind is not None or "enum" in part or "const" in part:
        return kind or "string", None
    inner: Any = part.get("items") if types == ["array"] else _values(part)
    item = _kind(inner)[0] if isinstance(inner, dict) and inner else None  # pyright: ignore[reportUnknownArgumentType]
    if types in (["array"], ["object"]) and item in SCALARS:
        return "list" if types == ["array"] else "map", item
    return "json", None


def _values(part: dict[str, Any]) -> Any:
    """The schema of an object's values, where it is a map; names of a form of their own stand below a pattern."""
    patterns: dict[str, Any] = part.get("patternProperties", {})
    return next(iter(patterns.values()), part.get("additionalProperties"))


def _check_paths(paths: list[str]) -> None:
    for path in paths:
        if paths.count(path) > 1 or any(other.startswith(f"{path} ") for other in paths):
            raise ValueError(f"the command {path!r} is taken twice, or is also a group of commands")
