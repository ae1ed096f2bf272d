"""The operations as the command line knows them, read from catalogue.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["string", "integer", "number", "boolean", "list", "map", "json"]
PACKAGED = Path(__file__).with_name("catalogue.json")


@dataclass(frozen=True)
class Field:
    """One field of a request."""

    name: str
    type: Kind
    items: str | None = None
    """What a list or map holds."""
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    description: str = ""
    positional: bool = False
    """An argument instead of an option."""
    short: str | None = None
    """The letter of its short option."""
    write_only: bool = False
    """A secret value: asked for without echo or read from the standard input, never an argument."""
    hidden: bool = False
    """Left out of help and completion."""


@dataclass(frozen=True)
class Operation:
    """One operation."""

    name: str
    path: tuple[str, ...]
    """The words of its command: ("secret", "set")."""
    text: str
    effect: Literal["read", "change", "destroy"]
    audience: Literal["everyone", "people"]
    response: str
    fields: tuple[Field, ...]
    signed: bool = False
    """Whether an approver may have to sign it."""

    def field(self, name: str) -> Field | None:
        """The field of a name."""
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True)
class Catalogue:
    """Every operation."""

    operations: tuple[Operation, ...]

    def get(self, name: str) -> Operation:
        """The operation of a name. Raises KeyError where catalogue.json lacks it."""
        for each in self.operations:
            if each.name == name:
                return each
        raise KeyError(name)

    def has(self, name: str) -> bool:
        """Whether there is an operation of a name."""
        return any(each.name == name for each in self.operations)


def load(path: Path = PACKAGED) -> Catalogue:
    """Read a catalogue.json."""
    return Catalogue(tuple(_operation(each) for each in json.loads(path.read_text("utf-8"))["operations"]))


def _field(value: dict[str, Any]) -> Field:
    choices = tuple(value.pop("choices", ()))
    return Field(**value, choices=choices)


def _operation(value: dict[str, Any]) -> Operation:
    fields = tuple(_field(field) for field in value["fields"])
    plain = {key: item for key, item in value.items() if key not in ("fields", "command")}
    return Operation(path=tuple(value["command"].split()), fields=fields, **plain)
