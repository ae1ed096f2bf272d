"""What is wrong with a kr8.toml, in words and with places (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kr8.catalogue.wording import form
from kr8.domain.model import ADDRESS_PATTERN, FORMS
from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Project
from kr8.domain.shortened import LONGEST_WORD
from kr8.drivers.projectfile.known import form_at, keys_at, of_another_type
from kr8.drivers.projectfile.positions import Path, Position, Positions

SHOWN = 50
KEY = re.compile(r"\S{1,200}")
"""What a key is that says nothing but its name: a text is no argument's name."""
MENDS = {
    ADDRESS_PATTERN: "Write 127.0.0.1:PORT; a proxy with TLS goes in front of it: docs/howto/put-it-on-the-network.md"
}
"""What to do about a text of another pattern, where its form does not say it."""
RENAMED: Mapping[tuple[str, ...], str] = {
    # A name that is only the end of others is not the domain of Terraform, which is a whole one.
    ("infrastructure", "kubernetes", "domain"): "base_domain (host names are service.environment.project.base_domain)",
}
"""What keys were called before, in their tables, and what they are called."""
NAMED = re.compile(r"((?:services|environments|accounts)(?:\.[^\s.:]+)+): (.*)", re.DOTALL)
"""A message of a whole-file check names the key that it is about."""

ABSENT = re.compile(r"there is no (?:other )?(service|environment|account) '([^']*)'")
"""A message that something is not named in the file."""


class Mistake(NamedTuple):
    """One thing that is wrong."""

    position: Position
    field: str
    what: str
    mend: str = ""


def refused(name: str, mistakes: Iterable[Mistake]) -> Refused:
    """The exception for one mistake or many: each with its place, the first one's on top.

    They quote the file, which may be anybody's.
    """
    ordered = sorted(mistakes)
    first = ordered[0]
    count = "a mistake" if len(ordered) == 1 else f"{len(ordered)} mistakes"
    lines = [_line(name, mistake) for mistake in ordered[:SHOWN]]
    lines += [f"… and {len(ordered) - SHOWN} more"] if len(ordered) > SHOWN else []
    return refuse(
        "invalid_project_file",
        f"{name} has {count}.",
        mend=next((mistake.mend for mistake in ordered if mistake.mend), "Correct it; `kr8 check` reads it again."),
        field=first.field if KEY.fullmatch(first.field) else None,
        place=f"{name}:{first.position.line}:{first.position.column}",
        output=tuple(lines),
    )


def _line(name: str, mistake: Mistake) -> str:
    key = f"{mistake.field}: " if mistake.field else ""
    guess, asks, _ = mistake.mend.partition("?")
    return f"{name}:{mistake.position.line}:{mistake.position.column} {key}{mistake.what}" + f". {guess}?" * bool(asks)


def of_validation(error: ValidationError, data: dict[str, Any], positions: Positions) -> tuple[Mistake, ...]:
    """The mistakes that pydantic found."""
    return tuple(_mistake(detail, data, positions) for detail in error.errors(include_url=False))


def unknown_gates(project: Project, known: frozenset[str], positions: Positions) -> Iterator[Mistake]:
    """The gates that strategies name and that are not installed here."""
    for name, environment in project.environments.items():
        for number, gate in enumerate(environment.strategy.gates):
            if gate not in known:
                path: Path = ("environments", name, "strategy", "gates", number)
                yield mistake_at(path, f"there is no gate {gate!r} here", positions, nearest(gate, known))


def wrong_types(data: dict[str, Any], positions: Positions) -> Iterator[Mistake]:
    """Numbers, true and false that stand in quotes, and the like."""
    for path, schema in of_another_type(data):
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


def _mistake(detail: ErrorDetails, data: dict[str, Any], positions: Positions) -> Mistake:
    what, mend = WORDS.get(detail["type"], _default)(detail)
    path = _path(detail["loc"], data)
    named = NAMED.fullmatch(what)
    if named is not None:
        path, what = tuple(named[1].split(".")), named[2]
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
    return _inside(data, "kind") == part


def _dotted(path: Path) -> str:
    return ".".join(shown(str(part)) for part in path)


def shown(value: object) -> str:
    """A value from the file as it is shown: whole or not at all, on one line, with nothing that moves the cursor."""
    text = str(value)
    plain = text if text.isprintable() else ascii(text)[1:-1]
    return plain if len(plain) <= LONGEST_WORD else f"a text of {len(plain):,} characters"


def _limit(detail: ErrorDetails) -> tuple[str, str]:
    return _not_allowed(detail["input"], form_at(detail["loc"])), ""


def _default(detail: ErrorDetails) -> tuple[str, str]:
    return detail["msg"].removeprefix("Value error, ").replace("Input should", "it should"), ""


def _missing(detail: ErrorDetails) -> tuple[str, str]:
    return "it is missing", ""


def _unknown(detail: ErrorDetails) -> tuple[str, str]:
    *table, key = detail["loc"]
    renamed = RENAMED.get((*map(str, table[-2:]), str(key)))
    if renamed is not None:
        return f"it is called {renamed} now", f"Say {renamed}."
    return "there is no such key here", nearest(str(key), keys_at(table))


def _form(detail: ErrorDetails) -> tuple[str, str]:
    pattern = detail.get("ctx", {}).get("pattern", "")
    form = FORMS.get(pattern, f"it must match {pattern}")
    return f"{shown(detail['input'])!r} is not allowed: {form}", MENDS.get(pattern, "")


def _tag(detail: ErrorDetails) -> tuple[str, str]:
    known = [word.strip(" '") for word in detail.get("ctx", {}).get("expected_tags", "").split(",")]
    tag = detail.get("ctx", {}).get("tag")
    if tag is None:
        return "it needs a kind", nearest("", known)
    return f"there is no kind {shown(tag)!r}", nearest(str(tag), known)


def _choice(detail: ErrorDetails) -> tuple[str, str]:
    expected = detail.get("ctx", {}).get("expected", "")
    known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
    return f"it should be {expected}", nearest(str(detail["input"]), known)


def _list(detail: ErrorDetails) -> tuple[str, str]:
    return 'it must be a list, such as ["one", "two"]', ""


def _table(detail: ErrorDetails) -> tuple[str, str]:
    return "it must be a table", ""


def _empty(detail: ErrorDetails) -> tuple[str, str]:
    return "it must not be empty", ""


WORDS: dict[str, Callable[[ErrorDetails], tuple[str, str]]] = {
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
