"""Commands that do more than one operation: a module each, with `command(…)`, imported when it is asked for."""

from importlib import import_module

import click

from kr8.surfaces.cli.catalogue import Catalogue, Operation

STANDING: dict[tuple[str, ...], str] = {
    ("approve",): "approve",
    ("completion",): "completion",
    ("follow",): "watch",
    ("mcp",): "processes",
    ("open",): "open",
    ("restore",): "restore",
    ("serve",): "processes",
    ("stop",): "stop",
}
"""Commands that are no operation of their own, by path: `command(path, catalogue)`."""
SUMMARIES: dict[tuple[str, ...], str] = {
    ("approve",): "Approve or deny a deployment with your SSH key.",
    ("completion",): "Print the completion script of a shell.",
    ("follow",): "Watch a deployment until it ends.",
    ("mcp",): "The MCP server on standard input and output.",
    ("open",): "Print where a service takes traffic, and open it in the browser.",
    ("restore",): "Put a backup in the place of the store.",
    ("serve",): "The daemon, in the foreground.",
    ("stop",): "End the daemon, or all that this home runs.",
}
"""What they are for, for completion."""
IN_PLACE: dict[str, str] = {
    "add_approver": "approver",
    "add_template": "draft",
    "create_deployment": "plan",
    "create_project": "new",
    "create_template": "draft",
    "deploy_project": "deploy",
    "down": "change",
    "fix_infrastructure": "fix",
    "get_deployment_logs": "logs",
    "get_status": "status",
    "install_tool": "install",
    "promote": "promote",
    "remove_approver": "approver",
    "resolve_deployment": "change",
    "restart": "change",
    "rollback_deployment": "rollback",
    "scale_deployment": "change",
    "validate_infrastructure": "validate",
    "waive_findings": "waive",
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
