"""Frozen dataclasses to JSON and back, exactly: an unknown or missing field or a wrong type is refused by its path."""

import dataclasses
import functools
import types
import typing
from collections.abc import Hashable, Mapping
from typing import Any, TypeVar, cast, get_args, get_origin

T = TypeVar("T")
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class MalformedError(ValueError):
    """What came over the wire is not what its type says."""


def encode(value: object, *, sparse: bool = False) -> Json:
    """A JSON value of a dataclass, tuple, mapping or scalar.

    `sparse`: without fields whose default is nothing (None, empty, 0) and that have it. An older program, which refuses
    what it does not know, so understands all that does not use what is new; and what nothing means never changes.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(k): encode(v, sparse=sparse) for k, v in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [encode(v, sparse=sparse) for v in cast("tuple[object, ...]", value)]
    if dataclasses.is_dataclass(value):
        given = [(f, getattr(value, f.name)) for f in dataclasses.fields(value)]
        return {f.name: encode(v, sparse=sparse) for f, v in given if not (sparse and _is_left_out(f, v))}
    raise TypeError(f"cannot encode a {type(value).__name__}")


def _is_left_out(field: "dataclasses.Field[Any]", value: object) -> bool:
    made = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    return not value and value == made


def decode(kind: type[T], value: object, where: str = "body") -> T:
    """The value as a `kind`; `MalformedError` names the path that is wrong."""
    return cast("T", _decode(kind, value, where))


@functools.cache
def _hints(kind: Hashable) -> dict[str, object]:
    return typing.get_type_hints(cast("type[object]", kind))


def _decode(kind: object, value: object, where: str) -> object:
    origin = get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return _union(get_args(kind), value, where)
    if origin is typing.Literal:
        return _literal(get_args(kind), value, where)
    if origin is tuple:
        return _tuple(get_args(kind), value, where)
    if origin is dict:
        return _dict(get_args(kind)[1], value, where)
    if isinstance(kind, type) and dataclasses.is_dataclass(cast("object", kind)):
        return _record(cast("type[Any]", kind), value, where)
    return _scalar(kind, value, where)


def _scalar(kind: object, value: object, where: str) -> object:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(kind, type) and isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise MalformedError(f"{where}: expected {getattr(kind, '__name__', kind)}, not {type(value).__name__}")


def _union(options: tuple[object, ...], value: object, where: str) -> object:
    if value is None:
        if type(None) in options:
            return None
        raise MalformedError(f"{where}: must not be null")
    rest = [o for o in options if o is not type(None)]
    return _decode(rest[0], value, where)


def _literal(options: tuple[object, ...], value: object, where: str) -> object:
    if value in options:
        return value
    raise MalformedError(f"{where}: must be one of {', '.join(map(str, options))}")


def _tuple(arguments: tuple[object, ...], value: object, where: str) -> object:
    if not isinstance(value, list):
        raise MalformedError(f"{where}: expected a list, not {type(value).__name__}")
    items = cast("list[object]", value)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_decode(arguments[0], v, f"{where}[{i}]") for i, v in enumerate(items))
    if len(arguments) != len(items):
        raise MalformedError(f"{where}: expected {len(arguments)} items, not {len(items)}")
    return tuple(_decode(k, v, f"{where}[{i}]") for i, (k, v) in enumerate(zip(arguments, items, strict=True)))


def _object(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MalformedError(f"{where}: expected an object, not {type(value).__name__}")
    return cast("dict[str, object]", value)


def _dict(kind: object, value: object, where: str) -> object:
    return {k: _decode(kind, v, f"{where}.{k}") for k, v in _object(value, where).items()}


def _record(kind: "type[Any]", value: object, where: str) -> object:
    given = _object(value, where)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    if unknown := sorted(set(given) - set(fields)):
        raise MalformedError(f"{where}.{unknown[0]}: unknown field; known are {', '.join(fields)}")
    hints = _hints(cast("Hashable", kind))
    made: dict[str, object] = {}
    for name, field in fields.items():
        if name in given:
            made[name] = _decode(hints[name], given[name], f"{where}.{name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise MalformedError(f"{where}.{name}: missing")
    try:
        return kind(**made)
    except ValueError as error:
        raise MalformedError(f"{where}.{error}") from error
