"""The tree of commands, built as far as one command line needs it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import click
from click.shell_completion import CompletionItem

from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.command import operation_command, summary
from kr8.surfaces.cli.flows import IN_PLACE, STANDING, SUMMARIES, in_place, standing

GROUPS = {
    "approver": "Who may approve: people and their SSH keys.",
    "audit": "What was done, by whom, in a chain that shows changes.",
    "deployment": "Deployments, one verb at a time; `kr8 deploy` plans, asks, runs and follows.",
    "generate": "Infrastructure code, made of kr8.toml: Terraform, Kubernetes, Ansible, a pipeline.",
    "secret": "Secrets, by name; values are never shown.",
    "template": "Templates: to start from, to follow, and of your own.",
    "tools": "Tools that `kr8 validate` stands on.",
}


@dataclass(frozen=True)
class Entry:
    """A command that is not made yet."""

    make: Callable[[], click.Command]
    summary: str


class Group(click.Group):
    """A group that makes a command when it is asked for."""

    def __init__(self, name: str | None, entries: dict[tuple[str, ...], Entry], **settings: Any) -> None:
        super().__init__(name, **settings)
        self._entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The next words, sorted."""
        return sorted({path[0] for path in self._entries})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a word, or the group of all that begin with it."""
        entry = self._entries.get((cmd_name,))
        if entry is not None:
            return entry.make()
        below = {path[1:]: entry for path, entry in self._entries.items() if path[0] == cmd_name}
        return Group(cmd_name, below, help=_about(cmd_name)) if below else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The next words and the options; no command is made for that."""
        words = [word for word in self.list_commands(ctx) if word.startswith(incomplete)]
        entries = {word: self._entries.get((word,)) for word in words}
        items = [CompletionItem(word, help=entry.summary if entry else _about(word)) for word, entry in entries.items()]
        return items + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest of our own words where there is no such command."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, None, self.list_commands(ctx), ctx) from None


def _about(group: str) -> str:
    return GROUPS.get(group, f"Commands of {group}.")


def entries_of(catalogue: Catalogue) -> dict[tuple[str, ...], Entry]:
    """Every command: one of each operation, and those that do more than one operation in their place."""
    return {
        **{each.path: Entry(partial(_make, each, catalogue), summary(each)) for each in catalogue.operations},
        **{path: Entry(partial(standing, path, catalogue), SUMMARIES[path]) for path in STANDING},
    }


def _make(operation: Operation, catalogue: Catalogue) -> click.Command:
    return in_place(operation, catalogue) if operation.name in IN_PLACE else operation_command(operation)
