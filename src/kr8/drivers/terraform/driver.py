"""Terraform looks at every root of a repository: layout, and validity."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kr8.domain.digest import digest
from kr8.domain.infrastructure_check import Checked, Part, not_checked
from kr8.domain.problem import refuse
from kr8.domain.seen import Seen, checked, unseen
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.terraform import commands, mirror, parse
from kr8.drivers.terraform.concern import JUDGED, TESTS, concerned, is_configuration, is_of_opentofu
from kr8.drivers.terraform.configuration import Configuration
from kr8.drivers.terraform.judging import Judge, not_run
from kr8.drivers.terraform.mocked import asks_nobody, runs_of
from kr8.drivers.terraform.program import TOFU, is_script, program_of
from kr8.drivers.terraform.roots import Root, roots
from kr8.drivers.terraform.run import Run
from kr8.drivers.toolbox.place import Place
from kr8.ports.check_results import CheckResults
from kr8.ports.checkers import Sources

NOT_READ = "Terraform does not read this file, which is OpenTofu's: put tofu on kr8's PATH."
OTHERS = "they are no root's, or not every program reads them"
SIDE_BY_SIDE = 2
"""How many validations run at once: each provider takes up to 600 MB."""


@dataclass(frozen=True)
class Providers:
    """Where the checker's providers come from."""

    given: str | None
    """A folder with providers; None: they are looked for."""
    cache: Path
    """Where packed ones are unpacked."""
    newest: Place
    """The newest schema of AWS."""


class TerraformChecker:
    """Implements the port `Checker`."""

    name = "terraform"
    tool = None
    rules = ("terraform/",)
    security: tuple[str, ...] = ()
    judges: tuple[str, ...] = JUDGED

    def __init__(
        self, processes: Processes, environ: Mapping[str, str], providers: Providers, results: CheckResults
    ) -> None:
        """`results`: where what was found in one root is kept, whatever becomes of the others."""
        self._processes = processes
        self._environ = dict(environ)
        self._providers = providers
        self._results = results
        self._numbers: dict[tuple[str, int, int], str] = {}

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The configuration, and what it may read."""
        if Part.TERRAFORM not in parts:
            return ()
        return await asyncio.to_thread(_concerned, sources)

    async def version(self) -> str | None:
        """The program's, with the providers that are here."""
        program = program_of(self._environ)
        if program is None:
            return None
        known: dict[str, list[str]] = {name: sorted(folders) for name, folders in (await self._found()).items()}
        newest = self._providers.newest
        schema = [newest.folder.name, newest.is_installed()]
        return f"{await self._named(program)} {digest([known, schema])[:12]}"

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """Layout of every file, validity of every root that runs no code and lacks nothing."""
        program = program_of(self._environ)
        if program is None:
            raise refuse("program_missing", "Terraform is gone.", mend="Install it and try again.")
        if await asyncio.to_thread(is_script, program):
            why = f"{program} is a script that starts another program, and what kr8 starts may read its own file alone."
            return not_checked(self.name, f"{why} Put the program itself before it on kr8's PATH.")
        unread = frozenset(() if Path(program).name == TOFU else filter(is_of_opentofu, files))
        code = await asyncio.to_thread(_read, sources, [path for path in files if path not in unread])
        run = Run(self._processes, program, sources.root)
        own = self._providers
        judge = Judge(run, await self._named(program), await self._found(), own.cache, own.newest, self._results)
        free = asyncio.Semaphore(SIDE_BY_SIDE)

        async def each_of(alike: list[Root]) -> list[Seen]:
            async with free:  # what the first one says, the others ask for
                return [await judge.seen(root, code, instead) for root, instead in _tested_once(alike, code)]

        known = roots(code.code)
        judging = asyncio.gather(*(each_of(alike) for alike in _alike(known, code)))
        layout, seen = await asyncio.gather(run.layout(), judging)
        others = not_run(code.other_tests(known), OTHERS)
        left = (unseen(NOT_READ, path) for path in sorted(unread))
        return checked(self.name, (layout, *(one for several in seen for one in several), others, *left))

    async def _found(self) -> mirror.Providers:
        return await asyncio.to_thread(mirror.find, self._environ, self._providers.given)

    async def _named(self, program: str) -> str:
        """What the program says of itself, asked once for each binary."""
        status = await asyncio.to_thread(os.stat, program)
        binary = (program, status.st_mtime_ns, status.st_size)
        if binary not in self._numbers:
            ended = await self._processes.run(Command(argv=commands.version(program), cwd=Path("/"), limit_seconds=30))
            self._numbers[binary] = parse.version(ended.stdout)
        return f"{Path(program).name} {self._numbers[binary]}"


def _concerned(sources: Sources) -> tuple[str, ...]:
    texts = _texts(sources, sources.files)
    return concerned(sources.files, texts) if texts else ()


def _texts(sources: Sources, files: Iterable[str]) -> dict[str, str]:
    named = [path for path in files if is_configuration(path)]
    return {path: (sources.root / path).read_text(errors="replace") for path in named}


def _read(sources: Sources, files: Iterable[str]) -> Configuration:
    from kr8.drivers.hcl import reader  # noqa: PLC0415 - its grammar is loaded where there is something to read

    named = [path for path in files if path.endswith(reader.SUFFIXES)]
    code = reader.read({path: (sources.root / path).read_bytes() for path in named})
    tests = reader.read({path: (sources.root / path).read_bytes() for path in files if path.endswith(TESTS)})
    digests = {path: sources.digests[path] for path in files}
    return Configuration(code, _texts(sources, files), digests, sources.runs_code, tests, sources.tree())


def _tested_once(alike: list[Root], code: Configuration) -> Iterable[tuple[Root, str | None]]:
    """Roots that differ in values alone, each with the one whose generated tests are run instead; None: its own are."""
    asked: dict[str, str] = {}
    for root in alike:
        runs = digest({path: runs_of(blocks) for path, blocks in code.tests_of(root).items()})
        yield root, asked.get(runs) if code.has_generated_tests(root) else None
        if all(asks_nobody(blocks, code.blocks_of(root)) for blocks in code.tests_of(root).values()):
            asked.setdefault(runs, root.folder)  # what is not run stands for no others


def _alike(known: Iterable[Root], code: Configuration) -> Iterable[list[Root]]:
    """Roots, those together whose judgements may be the same."""
    groups: dict[str, list[Root]] = {}
    for root in known:
        groups.setdefault(digest(code.alike_of(root)), []).append(root)
    return groups.values()
