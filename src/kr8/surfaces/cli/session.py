"""What every command of one run shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kr8.bridge.home import Home, find_home
from kr8.surfaces.cli.catalogue import Catalogue, Operation
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.problem import Failed, Problem
from kr8.surfaces.cli.screen import Screen

if TYPE_CHECKING:
    from kr8.surfaces.cli.daemon import Operations
    from kr8.surfaces.cli.rescue import Rescue
    from kr8.surfaces.cli.supervisor import Supervisor


@dataclass
class Session:
    """One run of the command line."""

    catalogue: Catalogue
    screen: Screen
    environ: Mapping[str, str]
    directory: Path = field(default_factory=Path.cwd)
    """Where the caller stands: the project is looked for there."""
    words: tuple[str, ...] = ()
    """The command line, after `kr8`."""
    key: str | None = None
    """The idempotency key that the command line gives."""
    rescue: Callable[[], Rescue] | None = None
    """Makes what restores a backup, which the daemon cannot do to itself."""

    @cached_property
    def home(self) -> Home:
        """Where all of kr8's state lies. Raises Failed where nothing can run there."""
        home = find_home(self.environ)
        if (unfit := home.trouble()) is not None:
            mend = "Set KR8_HOME to a shorter path."
            problem = Problem("home_too_long", "kr8 cannot work in this home.", why=unfit, mend=mend)
            raise Failed(problem, ExitCode.USAGE)
        return home

    @cached_property
    def daemon(self) -> Operations:
        """The daemon; nothing is started before the first call."""
        from kr8.surfaces.cli.daemon import Daemon  # noqa: PLC0415 - completion and help need none

        return Daemon(self.home, str(self.directory), self.key, self._repeated)

    @cached_property
    def supervisor(self) -> Supervisor:
        """The supervisor of this machine, for where the daemon is gone."""
        from kr8.surfaces.cli.supervisor import Supervisor  # noqa: PLC0415 - as above

        return Supervisor(self.home)

    def _repeated(self) -> None:
        """Say that a key which was given has been used before."""
        self.screen.lines([Line("An earlier command with this key has done it: this is what came of it.", Tone.DIM)])

    def show(self, operation: Operation, value: Mapping[str, Any]) -> None:
        """Show an operation's result: JSON, or the lines of its renderer."""
        from kr8.surfaces.cli.render import render  # noqa: PLC0415 - nor this

        self.result(value, render(operation.response, value))

    def result(self, value: object, lines: Iterable[Line]) -> None:
        """Show a result: the value as JSON, or the lines."""
        if self.screen.as_json:
            self.screen.value(value)
        else:
            self.screen.lines(lines)
