"""The tree of commands, built as far as one command line needs it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import operation_command
from kr8.surfaces.cli.flows import IN_PLACE, STANDING, in_place, standing

GROUPS = {
    "approver": "Who may approve: people and their SSH keys.",
    "audit": "What was done, by whom, in a chain that shows changes.",
    "deployment": "Deployments, one verb at a time; `kr8 deploy` plans, asks, runs and follows.",
    "environment": "What environments serve.",
    "project": "Projects.",
    "secret": "Secrets, by name; values are never shown.",
    "template": "Templates to start from.",
}
Make = Callable[[], click.Command]


class Group(click.Group):
    """A group that makes a command when it is asked for."""

    def __init__(self, name: str | None, makers: dict[tuple[str, ...], Make], **settings: Any) -> None:
        super().__init__(name, **settings)
        self._makers = makers

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The next words, sorted."""
        return sorted({path[0] for path in self._makers})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a word, or the group of all that begin with it."""
        make = self._makers.get((cmd_name,))
        if make is not None:
            return make()
        below = {path[1:]: maker for path, maker in self._makers.items() if path[0] == cmd_name}
        return Group(cmd_name, below, help=GROUPS.get(cmd_name, f"Commands of {cmd_name}.")) if below else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest of our own words where there is no such command."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, None, self.list_commands(ctx), ctx) from None


def makers_of(catalogue: Catalogue) -> dict[tuple[str, ...], Make]:
    """Every command: one of each operation, and those that do more than one operation in their place."""
    return {
        **{each.path: partial(_make, each, catalogue) for each in catalogue.operations},
        **{path: partial(standing, path, catalogue) for path in STANDING},
    }


def _make(operation: Operation, catalogue: Catalogue) -> click.Command:
    return in_place(operation, catalogue) if operation.name in IN_PLACE else operation_command(operation)
