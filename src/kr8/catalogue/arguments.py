"""Arguments from outside become a request, or a Problem that names the field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kr8.domain.model import Model
from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse

R = TypeVar("R", bound=Model)


def parse_arguments(request: type[R], arguments: Mapping[str, Any]) -> R:
    """The request that the arguments make.

    Raises Refused (unknown_argument, missing_argument, invalid_argument) that names the field.
    """
    for name, value in arguments.items():
        if not _is_text(value) or not _is_text(name):
            raise refuse(
                "invalid_argument",
                f"The argument {name!a} is not valid.",
                why="It has half a character in it (a lone surrogate), which no text can carry.",
                mend=_describe(request, name),
                field=ascii(name)[1:-1],
            )
    try:
        return request.model_validate(dict(arguments))
    except ValidationError as error:
        raise _problem(request, error) from error


def _problem(request: type[Model], error: ValidationError) -> Refused:
    details = error.errors(include_url=False)
    unknown = [detail for detail in details if detail["type"] == "extra_forbidden"]
    if unknown:
        name = str(unknown[0]["loc"][-1])
        return refuse(
            "unknown_argument",
            f"There is no argument {name!r}.",
            mend=nearest(name, request.model_fields),
            field=_path(unknown[0]),
        )
    first = details[0]
    missing = first["type"] == "missing"
    others = [f"{_path(detail)}: {detail['msg']}" for detail in details[1:]]
    return refuse(
        "missing_argument" if missing else "invalid_argument",
        f"The argument {_path(first)!r} is missing." if missing else f"The argument {_path(first)!r} is not valid.",
        why="; ".join([first["msg"], *others]),
        mend=_describe(request, str(first["loc"][0]) if first["loc"] else ""),
        field=_path(first),
    )


def _is_text(value: Any) -> bool:
    """Whether every text in a JSON-like value can be written down."""
    return all(not "\ud800" <= character <= "\udfff" for character in json.dumps(value, ensure_ascii=False))


def _path(detail: ErrorDetails) -> str:
    return ".".join(str(part) for part in detail["loc"])


def _describe(request: type[Model], name: str) -> str:
    field = request.model_fields.get(name)
    return field.description or "" if field is not None else ""
