"""actionlint looks at every workflow of a repository, and has shellcheck look at the scripts in it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.infrastructure_check import Checked, CheckState, Part, not_checked
from kr8.drivers.actionlint import commands, parse
from kr8.drivers.actionlint.concern import SETTINGS, concerned, is_workflow
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.place import Place
from kr8.drivers.toolbox.suppressing import suppressing
from kr8.ports.checkers import Sources

SECONDS = 120.0
SUPPRESSING = re.compile(rb"\bignore\b[\"']?\s*:")
ANSWERED = (0, 1)
"""Its exit codes where it has looked: nothing found, something found."""


class ActionlintChecker:
    """Implements the port `Checker`."""

    name = "actionlint"
    tool = "actionlint"
    rules = ("actionlint/", "shellcheck/")
    security = ("actionlint/untrusted-input",)
    judges: tuple[str, ...] = ()

    def __init__(self, processes: Processes, place: Place, shellcheck: Place) -> None:
        self._processes = processes
        self._place = place
        self._shellcheck = shellcheck

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The workflows, and the local actions that they may use."""
        return concerned(sources.files) if Part.PIPELINE in parts else ()

    async def version(self) -> str | None:
        """Its own, with that of shellcheck."""
        if not self._place.is_installed():
            return None
        return f"{self._place.version} {self._shellcheck.version if self._shellcheck.is_installed() else 'alone'}"

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What it says of each workflow; scripts that nobody looked at are no pass."""
        shellcheck = self._shellcheck.program("shellcheck") if self._shellcheck.is_installed() else None
        argv = commands.check(self._place.program("actionlint"), shellcheck, filter(is_workflow, files))
        with TemporaryDirectory(prefix="kr8-actionlint-") as scratch:
            folder = _repository(Path(scratch), sources.root)
            env = commands.environment(Path(scratch))
            command = Command(argv=argv, cwd=folder, env=env, limit_seconds=SECONDS)
            tools = [self._place, self._shellcheck]
            ended = await self._processes.run(kept_in(command, tools, Path(scratch), sources.root))
        findings = parse.found(ended.stdout, str(folder))
        if findings is None or ended.exit not in ANSWERED or ended.limit is not None:
            return not_checked(self.name, f"actionlint: {ended.how()}: {' '.join(ended.last_words(3))[:300]}")
        settings = [path for path in files if path in SETTINGS]
        told = await asyncio.to_thread(suppressing, self.name, sources.root, settings, SUPPRESSING)
        if shellcheck is None:
            why = f"{self._shellcheck.name} is not installed, so that scripts in workflows were not checked: "
            return not_checked(self.name, f"{why}kr8 tools install {self._shellcheck.name}", *findings, *told)
        return Checked(checker=self.name, state=CheckState.CHECKED, findings=(*findings, *told))


def _repository(scratch: Path, root: Path) -> Path:
    """The files as a repository of Git: actionlint looks for settings and local actions in no other folder."""
    folder = scratch / "repository"
    (folder / ".git").mkdir(parents=True)
    for entry in root.iterdir():
        if entry.name != ".git":
            (folder / entry.name).symlink_to(entry)
    return folder
