"""The fields of a request as arguments and options of a command, and back into a request's JSON."""

import json
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Field, Operation
from kr8.surfaces.cli.completion import names_in_project
from kr8.surfaces.cli.session import Session

SCALARS: dict[str, click.ParamType[Any]] = {
    "string": click.STRING,
    "integer": click.INT,
    "number": click.FLOAT,
    "boolean": click.BOOL,
}


class Pair(click.ParamType[Any]):
    """One NAME=VALUE of a map."""

    name = "NAME=VALUE"

    def __init__(self, item: str) -> None:
        self._item = SCALARS[item]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """Split at the first '='."""
        if isinstance(value, tuple):
            return value  # pyright: ignore[reportUnknownVariableType] # click converts a converted value again
        name, equals, text = str(value).partition("=")
        if not equals or not name:
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        item: object = self._item.convert(text, param, ctx)
        return name, item


class OneOf(click.Choice[str]):
    """One of some words; for another one the nearest is named."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """The message for it."""
        from kr8.domain.nearest import nearest  # noqa: PLC0415 - only a mistake needs it

        return f"{value!r} is none of them. {nearest(str(value), self.choices)}"


class Json(click.ParamType[Any]):
    """A value written as JSON."""

    name = "JSON"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse it."""
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(f"{value!r} is not JSON: {error}", param, ctx)


def parameters_of(operation: Operation, without: frozenset[str] = frozenset()) -> list[click.Parameter]:
    """Arguments first, then options, in the order of the request's fields; `--idempotency-key` where it changes."""
    fields = [field for field in operation.fields if not field.write_only and field.name not in without]
    made: list[click.Parameter] = [argument(field) for field in fields if field.positional]
    made += [option(field) for field in fields if not field.positional]
    return made if operation.effect == "read" else [*made, key_option()]


def key_option() -> click.Option:
    """`--idempotency-key`, for every call of the command that changes something."""

    def keep(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if value is not None and isinstance(context.obj, Session):
            context.obj.key = value

    text = "Yours, new for each thing you want: the same command with it again does nothing twice, for a day."
    return click.Option(["--idempotency-key"], metavar="KEY", expose_value=False, callback=keep, help=text)


def argument(field: Field) -> click.Argument:
    """A field as an argument. A list or map takes all that is left of the command line."""
    many = field.type in ("list", "map")
    return click.Argument(
        [field.name],
        type=type_of(field),
        nargs=-1 if many else 1,
        required=field.required,
        help=field.description,
        metavar=f"{field.name.upper()}=…" if field.type == "map" else None,
        shell_complete=names_in_project(field.name),
    )


def option(field: Field) -> click.Option:
    """A field as an option. Its default is the daemon's: what is not given is not sent."""
    word = field.name.replace("_", "-")
    names = [f"--{word}", *([f"-{field.short}"] if field.short else [])]
    if field.type in ("list", "map") and word.endswith("s"):
        names.insert(0, f"--{word.removesuffix('s')}")  # one at a time reads as one
    if field.type == "boolean":
        names[0] = f"--{word}/--no-{word}" if field.default is True else names[0]
        return click.Option(
            [*names, field.name], is_flag=True, default=None, help=help_of(field), hidden=field.hidden, type=click.BOOL
        )
    return click.Option(
        [*names, field.name],
        type=type_of(field),
        multiple=field.type in ("list", "map"),
        required=field.required,
        help=help_of(field),
        hidden=field.hidden,
        shell_complete=names_in_project(field.name),
    )


def type_of(field: Field) -> click.ParamType[Any]:
    """What a field's text must be."""
    if field.choices:
        return OneOf(field.choices)
    if field.type == "map":
        return Pair(field.items or "string")
    return Json() if field.type == "json" else SCALARS[field.items or field.type]


def help_of(field: Field) -> str:
    """Description and default."""
    shown = field.default not in (None, "", [], {}, False, True)
    return f"{field.description}  [default: {plain(field.default)}]" if shown else field.description


def plain(value: Any) -> str:
    """A default as one would type it."""
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def arguments_of(operation: Operation, given: dict[str, Any]) -> dict[str, Any]:
    """The JSON arguments of what was given on the command line; what was not given is not there."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        field = operation.field(name)
        if field is None or value is None or value == ():
            continue
        found[name] = dict(value) if field.type == "map" else list(value) if field.type == "list" else value
    return found
