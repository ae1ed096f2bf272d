"""What is wrong with a file, in words and with places (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kr8.catalogue.wording import form
from kr8.domain.model import ADDRESS_PATTERN, FORMS
from kr8.domain.nearest import nearest
from kr8.domain.shortened import LONGEST_WORD
from kr8.drivers.toml.forms import Forms
from kr8.drivers.toml.positions import Path, Position, Positions

SHOWN = 50
MENDS = {
    ADDRESS_PATTERN: "Write 127.0.0.1:PORT; a proxy with TLS goes in front of it: docs/howto/put-it-on-the-network.md"
}
"""What to do about a text of another pattern, where its form does not say it."""
NAMED = re.compile(r"((?:services|environments|accounts|parameters|examples)(?:\.[^\s.:]+)+): (.*)", re.DOTALL)
"""A message of a whole-file check names the key that it is about."""

ABSENT = re.compile(r"there is no (?:other )?(service|environment|account) '([^']*)'")
"""A message that something is not named in the file."""


class Mistake(NamedTuple):
    """One thing that is wrong."""

    position: Position
    field: str
    what: str
    mend: str = ""


def lines_of(name: str, mistakes: Iterable[Mistake]) -> tuple[str, ...]:
    """A line for each mistake of a file, with its place, in the file's order; at most SHOWN, and how many more."""
    ordered = sorted(mistakes)
    lines = [_line(name, mistake) for mistake in ordered[:SHOWN]]
    return (*lines, *([f"… and {len(ordered) - SHOWN} more"] if len(ordered) > SHOWN else []))


def _line(name: str, mistake: Mistake) -> str:
    key = f"{mistake.field}: " if mistake.field else ""
    guess, asks, _ = mistake.mend.partition("?")
    return f"{name}:{mistake.position.line}:{mistake.position.column} {key}{mistake.what}" + f". {guess}?" * bool(asks)


def of_validation(
    error: ValidationError, data: dict[str, Any], positions: Positions, forms: Forms
) -> tuple[Mistake, ...]:
    """The mistakes that pydantic found."""
    return tuple(_mistake(detail, data, positions, forms) for detail in error.errors(include_url=False))


def wrong_types(data: dict[str, Any], positions: Positions, forms: Forms) -> Iterator[Mistake]:
    """Numbers, true and false that stand in quotes, and the like."""
    for path, schema in forms.of_another_type(data):
        yield mistake_at(path, _not_allowed(_at(data, path), schema), positions)


def _at(data: object, path: Path) -> object:
    for part in path:
        data = _inside(data, part)
    return data


def _not_allowed(value: object, schema: Mapping[str, Any]) -> str:
    text = repr(shown(value)) if isinstance(value, str) else shown(str(value).lower() if value is True else value)
    return f"{text} is not allowed: it must be {form(schema)}"


def mistake_at(path: Path, what: str, positions: Positions, mend: str = "") -> Mistake:
    """A mistake at a key of the file."""
    return Mistake(positions.at(path), _dotted(path), what, mend)


def _mistake(detail: ErrorDetails, data: dict[str, Any], positions: Positions, forms: Forms) -> Mistake:
    what, mend = WORDS.get(detail["type"], _default)(detail, forms)
    path = _path(detail["loc"], data)
    named = NAMED.fullmatch(what)
    if named is not None:
        path, what = tuple(int(part) if part.isdecimal() else part for part in named[1].split(".")), named[2]
        mend = _right_ones(what, path, data)
    return mistake_at(path, what, positions, mend)


def _right_ones(what: str, path: Path, data: dict[str, Any]) -> str:
    """Which services, environments or accounts there are, where a message says that one is not."""
    missing = ABSENT.match(what)
    if missing is None:
        return ""
    return nearest(missing[2], [name for name in data.get(f"{missing[1]}s", {}) if name not in path[:2]])


def _path(location: Path, data: object) -> Path:
    """The keys of a location, without the tags that pydantic puts in for unions and keys."""
    path: list[str | int] = []
    for number, part in enumerate(location):
        inner = _inside(data, part)
        if inner is not _ABSENT:
            data = inner
        elif part == "[key]" or number < len(location) - 1 or _is_tag(data, part):
            continue
        path.append(part)
    return tuple(path)


_ABSENT = object()


def _inside(data: object, part: str | int) -> object:
    if isinstance(data, dict):
        return cast("dict[str | int, object]", data).get(part, _ABSENT)
    if isinstance(data, list) and isinstance(part, int) and part < len(cast("list[object]", data)):
        return cast("list[object]", data)[part]
    return _ABSENT


def _is_tag(data: object, part: str | int) -> bool:
    return part in (_inside(data, "kind"), _inside(data, "type"))


def _dotted(path: Path) -> str:
    return ".".join(shown(str(part)) for part in path)


def shown(value: object) -> str:
    """A value from the file as it is shown: whole or not at all, on one line, with nothing that moves the cursor."""
    text = str(value)
    plain = text if text.isprintable() else ascii(text)[1:-1]
    return plain if len(plain) <= LONGEST_WORD else f"a text of {len(plain):,} characters"


def _limit(detail: ErrorDetails, forms: Forms) -> tuple[str, str]:
    return _not_allowed(detail["input"], forms.form_at(detail["loc"])), ""


def _default(detail: ErrorDetails, _: Forms) -> tuple[str, str]:
    return detail["msg"].removeprefix("Value error, ").replace("Input should", "it should"), ""


def _missing(detail: ErrorDetails, _: Forms) -> tuple[str, str]:
    return "it is missing", ""


def _unknown(detail: ErrorDetails, forms: Forms) -> tuple[str, str]:
    *table, key = detail["loc"]
    renamed = forms.renamed.get((*map(str, table[-2:]), str(key)))
    if renamed is not None:
        return f"it is called {renamed} now", f"Say {renamed}."
    return "there is no such key here", nearest(str(key), forms.keys_at(table))


def _form(detail: ErrorDetails, _: Forms) -> tuple[str, str]:
    pattern = detail.get("ctx", {}).get("pattern", "")
    form = FORMS.get(pattern, f"it must match {pattern}")
    return f"{shown(detail['input'])!r} is not allowed: {form}", MENDS.get(pattern, "")


def _tag(detail: ErrorDetails, forms: Forms) -> tuple[str, str]:
    form = forms.form_at(detail["loc"]).get("discriminator", {})
    key, known = form.get("propertyName", "kind"), tuple(form.get("mapping", {}))
    tag = detail.get("ctx", {}).get("tag")
    if tag is None:
        return f"it needs a {key}", nearest("", known)
    return f"there is no {key} {shown(tag)!r}; there are {', '.join(known)}", nearest(str(tag), known)


def _choice(detail: ErrorDetails, _: Forms) -> tuple[str, str]:
    expected = detail.get("ctx", {}).get("expected", "")
    known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
    return f"it should be {expected}", nearest(str(detail["input"]), known)


def _list(detail: ErrorDetails, _: Forms) -> tuple[str, str]:
    return 'it must be a list, such as ["one", "two"]', ""


def _table(detail: ErrorDetails, _: Forms) -> tuple[str, str]:
    return "it must be a table", ""


def _empty(detail: ErrorDetails, _: Forms) -> tuple[str, str]:
    return "it must not be empty", ""


WORDS: dict[str, Callable[[ErrorDetails, Forms], tuple[str, str]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "string_pattern_mismatch": _form,
    "union_tag_invalid": _tag,
    "union_tag_not_found": _tag,
    "literal_error": _choice,
    "tuple_type": _list,
    "list_type": _list,
    "dict_type": _table,
    "model_type": _table,
    "model_attributes_type": _table,
    "too_short": _empty,
    **dict.fromkeys(
        (
            "greater_than_equal",
            "greater_than",
            "less_than_equal",
            "less_than",
            "int_type",
            "int_parsing",
            "int_from_float",
            "float_type",
            "float_parsing",
            "bool_type",
            "bool_parsing",
            "string_type",
            "string_too_long",
        ),
        _limit,
    ),
}
