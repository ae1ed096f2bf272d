"""Any result: its fields by name, lists of like things as tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kr8.surfaces.cli.line import Line, Tone, split
from kr8.surfaces.cli.render.table import table

INDENT = "  "


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A line a field, in the order they come; what is empty is left out."""
    shown = {name: item for name, item in value.items() if item not in (None, "", [], {})}
    return _fields(shown, "") if shown else iter([Line("done" if value == {} else "nothing")])


def _fields(value: Mapping[str, Any], indent: str) -> Iterator[Line]:
    for name, item in value.items():
        if item not in (None, "", [], {}):
            yield from _field(_words(name), item, indent)


def _words(name: str) -> str:
    """A field's name as words; a variable's, in capitals, as it is."""
    return name if name.isupper() else name.replace("_", " ")


def _field(name: str, item: Any, indent: str) -> Iterator[Line]:
    if isinstance(item, Mapping):
        yield Line(f"{indent}{name}:")
        yield from _fields(item, indent + INDENT)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(item, list):
        yield from _list(name, item, indent)  # pyright: ignore[reportUnknownArgumentType]
    else:
        yield from _text(name, scalar(item), indent)


def _text(name: str, text: str, indent: str) -> Iterator[Line]:
    if "\n" not in text:
        yield Line(f"{indent}{name}: {text}")
        return
    yield Line(f"{indent}{name}:")
    yield from split(text.removesuffix("\n"), indent=indent + INDENT)


def _list(name: str, items: Sequence[Any], indent: str) -> Iterator[Line]:
    if not all(isinstance(item, Mapping) for item in items):
        yield Line(f"{indent}{name}:")
        yield from (line for item in items for line in split(scalar(item), indent=f"{indent}{INDENT}"))
    elif all(_flat(item) for item in items):
        head = list(dict.fromkeys(key for item in items for key in item if any(i.get(key) for i in items)))
        yield Line(f"{indent}{name}:", Tone.STRONG)
        rows = [[scalar(item.get(key)) for key in head] for item in items]
        yield from table([_words(key) for key in head], rows, indent + INDENT)
    else:
        for item in items:
            yield Line(f"{indent}{name}:", Tone.STRONG)
            yield from _fields(item, indent + INDENT)


def _flat(item: Mapping[str, Any]) -> bool:
    return all(not isinstance(value, Mapping | list) or value in ([], {}) for value in item.values())


def scalar(item: Any) -> str:
    """One value as a person writes it."""
    if item is None or item == [] or item == {}:
        return "-"
    if isinstance(item, bool):
        return "yes" if item else "no"
    return ", ".join(scalar(each) for each in item) if isinstance(item, list) else str(item)  # pyright: ignore[reportUnknownVariableType]
