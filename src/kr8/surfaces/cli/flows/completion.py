"""`kr8 completion`: the script that a shell reads."""

from typing import Any

import click
from click.shell_completion import get_completion_class

from kr8.surfaces.cli.catalogue import Catalogue
from kr8.surfaces.cli.command import command as make_command
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.line import split
from kr8.surfaces.cli.session import Session

HELP = """Print the completion script of a shell.

\b
bash: echo 'eval "$(kr8 completion bash)"' >> ~/.bashrc
zsh:  echo 'eval "$(kr8 completion zsh)"' >> ~/.zshrc
fish: kr8 completion fish > ~/.config/fish/completions/kr8.fish
"""


def command(_path: tuple[str, ...], _catalogue: Catalogue) -> click.Command:
    """`kr8 completion SHELL`."""

    def body(session: Session, given: dict[str, Any]) -> ExitCode:
        shell: str = given["shell"]
        made = get_completion_class(shell)
        if made is None:
            raise click.UsageError(f"There is no completion for {shell}.")
        root = click.get_current_context().find_root().command
        script = made(root, {}, "kr8", "_KR8_COMPLETE").source()
        session.result({"shell": shell, "script": script}, split(script.strip("\n")))
        return ExitCode.OK

    shells = click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"]), help="The shell.")
    return make_command("completion", HELP, [shells], body)
