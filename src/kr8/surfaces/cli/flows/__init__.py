"""Commands that do more than one operation: a module each, with `command(…)`, imported when it is asked for."""

from importlib import import_module

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation

STANDING: dict[tuple[str, ...], str] = {
    ("completion",): "completion",
    ("follow",): "watch",
    ("mcp",): "processes",
    ("serve",): "processes",
}
"""Commands that are no operation of their own, by path: `command(path, catalogue)`."""
IN_PLACE: dict[str, str] = {
    "approve_deployment": "approve",
    "create_deployment": "plan",
    "deploy_project": "deploy",
    "down": "change",
    "get_deployment_logs": "logs",
    "get_status": "status",
    "promote": "change",
    "resolve_deployment": "change",
    "restart": "change",
    "rollback_deployment": "rollback",
    "scale_deployment": "change",
}
"""Commands that stand where an operation's own would: `command(operation, catalogue)`."""


def standing(path: tuple[str, ...], catalogue: Catalogue) -> click.Command:
    """The flow of a path."""
    made: click.Command = import_module(f"{__name__}.{STANDING[path]}").command(path, catalogue)
    return made


def in_place(operation: Operation, catalogue: Catalogue) -> click.Command:
    """The flow that stands for an operation."""
    made: click.Command = import_module(f"{__name__}.{IN_PLACE[operation.name]}").command(operation, catalogue)
    return made
