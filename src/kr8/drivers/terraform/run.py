"""Runs Terraform over a copy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.seen import Seen, unseen
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.terraform import commands, parse
from kr8.drivers.toolbox.kept_in import kept_in

SECONDS = 120.0


@dataclass(frozen=True)
class Look:
    """One validation of a root."""

    providers: Mapping[str, Path]
    """Where each provider is, by namespace/name."""
    environment: Mapping[str, str]
    """What its providers are told beside."""


NOWHERE = Look({}, {})


@dataclass(frozen=True)
class Run:
    """Runs the program over a copy."""

    processes: Processes
    program: str
    root: Path

    async def layout(self) -> Seen:
        """What `fmt` would change, and what it cannot read."""
        with TemporaryDirectory(prefix="kr8-terraform-") as scratch:
            ended = await self._command(commands.layout(self.program), self.root, Path(scratch), NOWHERE)
        said = ended.stdout.decode(errors="replace")
        broken = parse.errors(ended.stderr.decode(errors="replace"), "")
        if ended.exit not in (0, 2, 3):
            return unseen(f"fmt: {ended.how()}.", lasting=False)
        return Seen((*parse.layout(said), *broken), edits=tuple(parse.edits(said)))

    async def validate(self, folder: str, look: Look) -> Seen:
        """What is wrong with a root; places are relative to its folder."""
        ended = await self._with_modules(folder, commands.validate(self.program), look)
        if isinstance(ended, Seen):
            return ended
        told = parse.diagnostics(ended.stdout, "")
        if told is None:
            return unseen(f"validate: {ended.how()}.", lasting=False)
        missing = parse.missing(told)
        if missing:
            return unseen(f"the provider {', '.join(missing)} is not here.", lasting=False)
        return Seen(told)

    async def test(self, folder: str, files: Iterable[str], look: Look) -> Seen:
        """What does not hold in a root, of what these files of tests ask."""
        ended = await self._with_modules(folder, commands.test(self.program, files), look)
        if isinstance(ended, Seen):
            return ended
        told = parse.trials(ended.stdout, "")
        if told is None:
            words = " ".join(ended.last_words(2))[:300]
            return unseen(f"test: {ended.how()}: {words}", lasting=False)
        return Seen(told)

    async def _with_modules(self, folder: str, argv: tuple[str, ...], look: Look) -> Ended | Seen:
        """Run a command once the modules are noted; what is wrong where they cannot be."""
        cwd = self.root / folder
        with TemporaryDirectory(prefix="kr8-terraform-") as scratch:
            got = await self._command(commands.get(self.program), cwd, Path(scratch), look)
            if not got.ok():
                errors = tuple(parse.errors(got.stderr.decode(errors="replace"), ""))
                words = " ".join(filter(None, got.last_words(3)))[:300]
                return Seen(errors) if errors else unseen(f"get: {got.how()}: {words}", lasting=False)
            return await self._command(argv, cwd, Path(scratch), look)

    async def _command(self, argv: tuple[str, ...], cwd: Path, scratch: Path, look: Look) -> Ended:
        (scratch / "configuration").write_text(commands.configuration(look.providers))
        env = {**commands.environment(scratch, cwd), **look.environment}
        command = Command(argv=argv, cwd=cwd, env=env, limit_seconds=SECONDS)
        programs = (Path(os.path.realpath(self.program)), *look.providers.values())
        return await self.processes.run(kept_in(command, [], scratch, self.root, *programs))
