"""Arguments from outside become a request, or a Problem that names the field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kr8.catalogue.wording import ONE_SIDED, allowed, wrong
from kr8.domain.model import Model
from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse

MOST_SHOWN = 5
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
                mend="Send the whole character, or none.",
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
    first, *others = details
    path, name = _path(first), _name(first)
    why = " ".join(f"{_path(detail)} {_wrong(request, detail)}." for detail in others[:MOST_SHOWN])
    if first["type"] == "missing":
        field = request.model_fields.get(name)
        meant = f": {field.description}" if field is not None and field.description else "."
        mend = f"{name} is {allowed(request, name)}{meant}"
        return refuse("missing_argument", f"{path} is missing.", why=why, mend=mend, field=path)
    mend = f"{name} is {allowed(request, name)}." if first["type"] in ONE_SIDED and name == path else ""
    return refuse("invalid_argument", f"{path} {_wrong(request, first)}.", why=why, mend=mend, field=path)


def _is_text(value: Any) -> bool:
    """Whether every text in a JSON-like value can be written down."""
    return all(not "\ud800" <= character <= "\udfff" for character in json.dumps(value, ensure_ascii=False))


def _path(detail: ErrorDetails) -> str:
    return ".".join(str(part) for part in detail["loc"])


def _wrong(request: type[Model], detail: ErrorDetails) -> str:
    field = request.model_fields.get(_name(detail))
    said = field.json_schema_extra if field is not None else None
    return wrong(detail, secret=said is not None and not callable(said) and bool(said.get("writeOnly")))


def _name(detail: ErrorDetails) -> str:
    return str(detail["loc"][0]) if detail["loc"] else ""
