"""Terraform looks at every root of a repository: layout, and validity by the real provider."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.digest import digest
from kr8.domain.finding import Finding
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.domain.merging import split_place
from kr8.domain.problem import refuse
from kr8.domain.terraform_code import TerraformCode
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.terraform import commands, mirror, parse, versions
from kr8.drivers.terraform.concern import concerned, is_configuration
from kr8.drivers.terraform.roots import Root, roots
from kr8.ports.checkers import Sources

PROGRAMS = ("tofu", "terraform")
SECONDS = 120.0
SIDE_BY_SIDE = 2
"""How many roots are validated at once: each provider takes up to 600 MB."""


@dataclass(frozen=True)
class Seen:
    """What came of one root, or of the layout of all."""

    findings: tuple[Finding, ...] = ()
    why_not: str = ""
    """Why it was not checked."""
    lasting: bool = True
    """Whether only another file can change that."""


class TerraformChecker:
    """Implements the port `Checker`."""

    name = "terraform"
    tool = None

    def __init__(self, processes: Processes, environ: Mapping[str, str], providers: str | None = None) -> None:
        """`providers`: a folder with providers; None: they are looked for."""
        self._processes = processes
        self._environ = dict(environ)
        self._given = providers
        self._numbers: dict[tuple[str, int, int], str] = {}

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The configuration, and what it may read."""
        if Part.TERRAFORM not in parts:
            return ()
        return await asyncio.to_thread(_concerned, sources)

    async def version(self) -> str | None:
        """The program's, with the providers that are here."""
        program = self._program()
        if program is None:
            return None
        number = await self._number(program)
        found = await asyncio.to_thread(mirror.find, self._environ, self._given)
        known = {name: sorted(folders) for name, folders in found.items()}
        return f"{Path(program).name} {number} {digest(known)[:12]}"

    async def _number(self, program: str) -> str:
        """What the program says of itself, asked once for each binary."""
        status = await asyncio.to_thread(os.stat, program)
        binary = (program, status.st_mtime_ns, status.st_size)
        if binary not in self._numbers:
            ended = await self._processes.run(Command(argv=commands.version(program), cwd=Path("/"), limit_seconds=30))
            self._numbers[binary] = parse.version(ended.stdout)
        return self._numbers[binary]

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """Layout of every file, validity of every root that runs no code and lacks nothing."""
        program = self._program()
        if program is None:
            raise refuse("program_missing", "Terraform is gone.", mend="Install it and try again.")
        code = await asyncio.to_thread(_read, sources, files)
        found = await asyncio.to_thread(mirror.find, self._environ, self._given)
        free = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(root: Root) -> Seen:
            async with free:
                return await self._root(_Run(self._processes, program, sources.root), root, sources, code, found)

        layout = _Run(self._processes, program, sources.root).layout()
        seen = await asyncio.gather(layout, *(one(root) for root in roots(code)))
        return _checked(self.name, seen)

    async def _root(
        self, run: _Run, root: Root, sources: Sources, code: TerraformCode, found: mirror.Providers
    ) -> Seen:
        why = _hindrance(root, sources.runs_code, code)
        if why:
            return Seen(why_not=why)
        chosen = {name: versions.newest(found.get(name, {}), wanted) for name, wanted in root.providers.items()}
        lacking = [_lacking(name, root, found) for name, version in sorted(chosen.items()) if version is None]
        if lacking:
            return Seen(why_not=f"{_shown(root)}: {'; '.join(lacking)}.", lasting=False)
        folders = {name: found[name][version] for name, version in chosen.items() if version is not None}
        return await run.validate(root, folders)

    def _program(self) -> str | None:
        path = self._environ.get("PATH")
        return next((found for name in PROGRAMS if (found := shutil.which(name, path=path))), None)


@dataclass(frozen=True)
class _Run:
    """Runs the program over a copy."""

    processes: Processes
    program: str
    root: Path

    async def layout(self) -> Seen:
        """What `fmt` would change, and what it cannot read."""
        with TemporaryDirectory(prefix="kr8-terraform-") as scratch:
            ended = await self._command(commands.layout(self.program), self.root, Path(scratch), {})
        said = ended.stdout.decode(errors="replace")
        broken = parse.errors(ended.stderr.decode(errors="replace"), "")
        if ended.exit not in (0, 2, 3):
            return Seen(why_not=f"fmt: {ended.how()}.", lasting=False)
        return Seen((*parse.layout(said), *broken))

    async def validate(self, root: Root, providers: Mapping[str, Path]) -> Seen:
        """What is wrong with a root."""
        folder = self.root / root.folder
        with TemporaryDirectory(prefix="kr8-terraform-") as scratch:
            got = await self._command(commands.get(self.program), folder, Path(scratch), providers)
            if not got.ok():
                errors = tuple(parse.errors(got.stderr.decode(errors="replace"), root.folder))
                return Seen(errors, "" if errors else f"{_shown(root)}: get: {got.how()}.", lasting=False)
            ended = await self._command(commands.validate(self.program), folder, Path(scratch), providers)
        told = parse.diagnostics(ended.stdout, root.folder)
        if told is None:
            return Seen(why_not=f"{_shown(root)}: validate: {ended.how()}.", lasting=False)
        missing = parse.missing(told)
        if missing:
            return Seen(why_not=f"{_shown(root)}: the provider {', '.join(missing)} is not here.", lasting=False)
        return Seen(told)

    async def _command(self, argv: tuple[str, ...], cwd: Path, scratch: Path, providers: Mapping[str, Path]) -> Ended:
        (scratch / "configuration").write_text(commands.configuration(providers))
        env = commands.environment(scratch)
        return await self.processes.run(Command(argv=argv, cwd=cwd, env=env, limit_seconds=SECONDS))


def _concerned(sources: Sources) -> tuple[str, ...]:
    named = [path for path in sources.files if is_configuration(path)]
    texts = {path: (sources.root / path).read_text(errors="replace") for path in named}
    return concerned(sources.files, texts) if texts else ()


def _read(sources: Sources, files: Iterable[str]) -> TerraformCode:
    from kr8.drivers.hcl import reader  # noqa: PLC0415 - its grammar is loaded where there is something to read

    named = [path for path in files if path.endswith(reader.SUFFIXES)]
    return reader.read({path: (sources.root / path).read_bytes() for path in named})


def _hindrance(root: Root, runs_code: tuple[Finding, ...], code: TerraformCode) -> str:
    """Why Terraform is not run in a root, whatever this machine has; "": it may run."""
    for finding in runs_code:
        if _folder(finding.place) in root.folders:
            return f"{_shown(root)}: Terraform was not run, for {finding.place}: {finding.what}"
    for unreadable in code.unreadable:
        if _folder(unreadable.place) in root.folders:
            return f"{_shown(root)}: {unreadable.place} cannot be read: {unreadable.why}."
    if root.elsewhere:
        named = ", ".join(root.elsewhere[:3])
        return f"{_shown(root)}: kr8 downloads no modules, and it uses {named}."
    return ""


def _lacking(name: str, root: Root, found: mirror.Providers) -> str:
    wanted = ", ".join(constraint for constraint in root.providers[name] if constraint) or "any version"
    here = ", ".join(sorted(found.get(name, {}))) or "none"
    return f"the provider {name} ({wanted}) is not here (here: {here}); `terraform providers mirror` fetches it"


def _folder(place: str | None) -> str:
    return split_place(place)[0].rpartition("/")[0]


def _shown(root: Root) -> str:
    return root.folder or "."


def _checked(name: str, seen: Iterable[Seen]) -> Checked:
    all_seen = tuple(seen)
    findings = tuple(finding for each in all_seen for finding in each.findings)
    unchecked = [each for each in all_seen if each.why_not]
    return Checked(
        checker=name,
        state=CheckState.NOT_CHECKED if unchecked else CheckState.CHECKED,
        why=" ".join(each.why_not for each in unchecked),
        lasting=all(each.lasting for each in unchecked),
        findings=findings,
    )
