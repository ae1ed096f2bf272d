"""The keys of a model, table by table, from its JSON schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, TypeAdapter
from scripts.reference.markdown import code, table

from kr8.domain.model import format_duration

PLACES = {
    "Project": "The whole file",
    "ProjectHead": "[project]",
    "Service": "[services.NAME]",
    "Environment": "[environments.NAME]",
    "Account": "[accounts.NAME]",
    "Health": "health",
    "Before": "before",
    "Monitoring": "monitoring",
    "Objectives": "slo",
    "Approval": "approval",
    "Scale": "scale.SERVICE",
    "Rolling": 'strategy = { kind = "rolling" }',
    "BlueGreen": 'strategy = { kind = "blue-green" }',
    "Canary": 'strategy = { kind = "canary" }',
    "Infrastructure": "[infrastructure]",
    "TerraformParameters": "[infrastructure.terraform]",
    "TaskSize": "sizes.SERVICE",
    "PipelineIdentity": "[infrastructure.terraform.pipeline]",
    "KubernetesParameters": "[infrastructure.kubernetes]",
    "Workload": "[infrastructure.kubernetes.services.SERVICE]",
    "Peer": "callers, calls",
    "AnsibleParameters": "[infrastructure.ansible]",
    "PipelineParameters": "[infrastructure.pipeline]",
    "ServiceChecks": "[infrastructure.pipeline.services.SERVICE]",
    "Validation": "[validation]",
}

TEMPLATE_PLACES = {
    "Template": "The whole file",
    "StringParameter": '[[parameters]], type = "string"',
    "IntegerParameter": '[[parameters]], type = "integer"',
    "BooleanParameter": '[[parameters]], type = "boolean"',
    "ChoiceParameter": '[[parameters]], type = "choice"',
    "ListParameter": '[[parameters]], type = "list"',
    "ConditionalFiles": "[[files]]",
    "Example": "[[examples]]",
    "Tests": "[tests]",
}
ALL_PLACES = PLACES | TEMPLATE_PLACES

LONG = 200
"""The characters above which the default of a table stands in its own section alone."""
ISO = re.compile(r"P(?:\d+D)?(?:T[\d.HMS]+)?")


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """A model's JSON schema, its defaults written as the file has them: pydantic writes durations as ISO 8601."""
    written: dict[str, Any] = _as_written(model.model_json_schema())
    return written


def _as_written(node: Any) -> Any:
    match node:
        case dict():
            return {key: _as_written(value) for key, value in node.items()}
        case list():
            return [_as_written(each) for each in node]
        case str() if ISO.fullmatch(node):
            return format_duration(TypeAdapter(timedelta).validate_python(node))
        case _:
            return node


def fields_of(model: type[BaseModel], places: Mapping[str, str]) -> Iterator[str]:
    """A section a table of the file. Raises KeyError where a table has no place."""
    whole = schema_of(model)
    tables: dict[str, dict[str, Any]] = {model.__name__: whole, **whole["$defs"]}
    unplaced = set(tables) - set(places)
    if unplaced:
        raise KeyError(f"where in the file do these stand? {sorted(unplaced)}")
    for name, place in places.items():
        yield f"## `{place}`" if name != model.__name__ else f"## {place}"
        yield tables[name].get("description", "")
        required = tables[name].get("required", [])
        rows = tables[name].get("properties", {}).items()
        yield table(
            ("key", "type", "needed", "what it is", "default"),
            (
                (code(key), _type(part), "yes" if key in required else "", _text(part, tables), _default(part))
                for key, part in rows
            ),
        )


def _text(part: Mapping[str, Any], tables: Mapping[str, Any]) -> str:
    below = tables.get(part.get("$ref", "").rsplit("/", 1)[-1], {})
    return str(part.get("description") or below.get("description", ""))


def _type(part: Mapping[str, Any]) -> str:
    options = part.get("anyOf") or part.get("oneOf")
    if options:
        return " or ".join(dict.fromkeys(_type(each) for each in options if each.get("type") != "null"))
    if "$ref" in part:
        return f"table [`{ALL_PLACES[part['$ref'].rsplit('/', 1)[1]]}`]"
    if "enum" in part:
        return ", ".join(code(each) for each in part["enum"])
    if "const" in part:
        return code(part["const"])
    if part.get("type") == "array":
        return f"list of {_type(part['items'])}"
    if part.get("type") == "object":
        return f"table of {_type(_values(part))}"
    pattern = f" like {code(part['pattern'])}" if "pattern" in part and "examples" not in part else ""
    examples = f" like {', '.join(code(each) for each in part['examples'])}" if "examples" in part else ""
    return f"{part.get('type', 'any')}{pattern}{examples}{_bounds(part)}"


def _values(part: Mapping[str, Any]) -> Mapping[str, Any]:
    patterns = part.get("patternProperties") or {}
    found: Mapping[str, Any] = next(iter(patterns.values()), part.get("additionalProperties"))
    return found if isinstance(found, Mapping) else {}


def _bounds(part: Mapping[str, Any]) -> str:
    least, most = part.get("minimum"), part.get("maximum")
    if least is not None and most is not None:
        return f", {least} to {most}"
    return f", at least {least}" if least is not None else ""


def _default(part: Mapping[str, Any]) -> str:
    """The default; not that of a table which is long: its own section has it."""
    value = part.get("default")
    if len(json.dumps(value)) > LONG:
        return ""
    return code(json.dumps(value, ensure_ascii=False)) if value not in (None, "", [], {}) else ""
