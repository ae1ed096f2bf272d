"""A command's usage and options, asked of the command itself."""

from __future__ import annotations

import click
from scripts.reference.markdown import table

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.groups import Group, entries_of


def options_of(path: tuple[str, ...], operation: Operation | None, catalogue: Catalogue) -> tuple[str, str, str]:
    """Usage, text, and a table of arguments and options."""
    command = entries_of(catalogue)[path].make()
    root = click.Context(Group(None, {}), info_name="kr8")
    context = click.Context(command, info_name=" ".join(path), parent=root)
    usage = " ".join(command.collect_usage_pieces(context))
    rows = [
        _row(each, context) for each in command.params if each.name != "json" and not getattr(each, "hidden", False)
    ]
    text = (command.help or (operation.text if operation else "")).replace("\b\n", "")
    return f"kr8 {' '.join(path)} {usage}", text, table(("argument or option", "what it is"), rows)


def _row(parameter: click.Parameter, context: click.Context) -> tuple[str, str]:
    record = parameter.get_help_record(context)
    if record is not None:
        return f"`{record[0]}`", record[1]
    return f"`{parameter.make_metavar(context)}`", getattr(parameter, "help", "") or ""
