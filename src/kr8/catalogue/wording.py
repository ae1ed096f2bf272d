"""What an argument must be, and what is wrong with one, in words (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from kr8.domain.model import FORMS, Model

LONGEST = 32
DAY = "a day, such as 2026-01-05"
MOMENT = "a date and time, such as 2026-01-05T12:00:00Z"


def allowed(request: type[Model], name: str) -> str:
    """What an argument may be: "a whole number from 1 to 100"; empty where there is no such argument."""
    schema = request.model_json_schema()
    found = schema.get("properties", {}).get(name)
    return form(_plain(found, schema)) if found is not None else ""


def wrong(detail: ErrorDetails, *, secret: bool) -> str:
    """What is wrong with an argument: "must be 1 or more; it was 0". A secret's value is not shown."""
    context: dict[str, Any] = detail.get("ctx", {})
    words = WRONG.get(detail["type"])
    must = words(context) if words is not None else f"is not valid: {_reason(detail['msg'])}"
    return must if secret or detail["type"] == "missing" else f"{must}; it was {_shown(detail['input'])}"


ONE_SIDED = frozenset(
    {
        "greater_than_equal",
        "less_than_equal",
        "int_type",
        "int_parsing",
        "int_from_float",
        "float_type",
        "float_parsing",
        "string_too_long",
    }
)
"""Mistakes whose words name one limit, or none: `allowed` has the whole."""


def _plain(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without "or null" and references."""
    if "$ref" in schema:
        return _plain(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    return _plain(choices[0], whole) if len(choices) == 1 else schema


def form(schema: Mapping[str, Any]) -> str:
    """What a value may be by its schema, without references: "a whole number from 1 to 100"."""
    if "enum" in schema:
        return f"one of: {', '.join(map(str, schema['enum']))}"
    match schema.get("type"):
        case "integer":
            return f"a whole number{_range(schema)}"
        case "number":
            return f"a number{_range(schema)}"
        case "boolean":
            return "true or false"
        case "array":
            return "a list"
        case "object":
            return "a table of names and values"
        case _:
            return f"a text{_text(schema)}"


def _range(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    return f" of {least:g} or more" if least is not None else f" of {most:g} or less" if most is not None else ""


def _text(schema: Mapping[str, Any]) -> str:
    if "pattern" in schema:
        return f": {_pattern(schema['pattern'])}"
    if "format" in schema:
        return {"date-time": f" with {MOMENT}", "date": f" with {DAY}"}.get(schema["format"], "")
    return f" of at most {schema['maxLength']:,} characters" if "maxLength" in schema else ""


def _pattern(pattern: str) -> str:
    return FORMS.get(pattern, f"it matches {pattern}")


def _reason(message: str) -> str:
    plain = message.removeprefix("Value error, ").removeprefix("Input should be a valid ")
    return plain[:1].lower() + plain[1:]


def _shown(value: object) -> str:
    """A value as it is told back: short, on one line, and nothing so long that it could be a key."""
    if isinstance(value, str):
        plain = repr(value) if value.isprintable() else ascii(value)
        return plain if len(plain) <= LONGEST else f"a text of {len(value):,} characters"
    if isinstance(value, bool | int | float) or value is None:
        return str(value)[:LONGEST]
    return "a list" if isinstance(value, list | tuple) else "a table"


def _must_be(what: str) -> Callable[[dict[str, Any]], str]:
    return lambda context: f"must be {what.format(**context)}"


WRONG: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda _: "is missing",
    "greater_than_equal": _must_be("{ge:g} or more"),
    "greater_than": _must_be("more than {gt:g}"),
    "less_than_equal": _must_be("{le:g} or less"),
    "less_than": _must_be("less than {lt:g}"),
    "int_type": _must_be("a whole number"),
    "int_parsing": _must_be("a whole number"),
    "int_from_float": _must_be("a whole number"),
    "float_type": _must_be("a number"),
    "float_parsing": _must_be("a number"),
    "finite_number": _must_be("a number"),
    "bool_type": _must_be("true or false"),
    "bool_parsing": _must_be("true or false"),
    "string_type": _must_be("a text"),
    "string_too_long": lambda context: f"must have {context['max_length']:,} characters or fewer",
    "string_too_short": lambda context: f"must have {context['min_length']:,} characters or more",
    "string_pattern_mismatch": lambda context: f"must be of the form: {_pattern(context['pattern'])}",
    "datetime_type": _must_be(MOMENT),
    "datetime_parsing": _must_be(MOMENT),
    "datetime_from_date_parsing": _must_be(MOMENT),
    "date_type": _must_be(DAY),
    "date_from_datetime_parsing": _must_be(DAY),
    "date_from_datetime_inexact": _must_be(DAY),
    "literal_error": _must_be("{expected}"),
    "tuple_type": _must_be("a list"),
    "list_type": _must_be("a list"),
    "dict_type": _must_be("a table of names and values"),
}
