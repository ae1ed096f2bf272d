"""Ansible reads every playbook of a repository, and ansible-lint looks at what they are made of."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.ansible_code import by_root, is_of_a_role, playbooks
from kr8.domain.digest import digest
from kr8.domain.finding import Finding, Severity, split_place
from kr8.domain.infrastructure_check import Checked, Part
from kr8.domain.seen import Seen, checked, unseen
from kr8.domain.spelled_out import spelled_out
from kr8.domain.terraform_code import Unreadable
from kr8.domain.tree import folders_above
from kr8.domain.yaml_code import YamlCode
from kr8.drivers.ansible import commands, parse
from kr8.drivers.ansible.concern import is_hidden_yaml, is_read
from kr8.drivers.ansible.edits import edits
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.copied import copied
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.place import Place
from kr8.ports.check_results import CheckResults
from kr8.ports.checkers import Sources
from kr8.version import VERSION

SECONDS = 300.0
ALL_SECONDS = 240.0
"""When no further root is begun: a repository may have hundreds, and each takes seconds."""
HIDDEN = "Ansible is given no hidden files and folders: this playbook was not checked. Put it elsewhere."
KEPT_AS = "ansible root"
SIDE_BY_SIDE = 3
"""How many playbooks are read at once."""
SIGNS = (b"hosts", b"import_playbook")
"""What a playbook has one of; files without are not read to find playbooks."""
PLAY = re.compile(rb"^-(?: *+|[^:\n]*+:.*+\n  )(?:hosts|(?:ansible\.builtin\.)?import_playbook):", re.MULTILINE)
"""How one begins that may be broken."""


class AnsibleChecker:
    """Implements the port `Checker`."""

    name = "ansible"
    tool = "ansible-lint"
    rules = ("ansible/", "ansible-lint/")
    security: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()

    def __init__(
        self, processes: Processes, place: Place, results: CheckResults, limit_seconds: float = ALL_SECONDS
    ) -> None:
        """`results`: where what was found in one root is kept. `limit_seconds`: when no further root is begun."""
        self._processes = processes
        self._place = place
        self._results = results
        self._limit_seconds = limit_seconds

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """What lies where a playbook is at home, and playbooks that are hidden."""
        if Part.ANSIBLE not in parts:
            return ()
        return (*await asyncio.to_thread(_concerned, sources), *await asyncio.to_thread(_hidden, sources))

    async def version(self) -> str | None:
        """That of ansible-lint: with its lock, it is that of Ansible too."""
        return f"{self._place.version} {self._place.folder.name}" if self._place.is_installed() else None

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """Syntax of every playbook, and what ansible-lint asks for in production."""
        hidden = [unseen(HIDDEN, path) for path in files if is_hidden_yaml(path)]
        code = await asyncio.to_thread(_read, sources, [path for path in files if not is_hidden_yaml(path)])
        until = asyncio.get_running_loop().time() + self._limit_seconds
        found = [await self._root(sources, root, paths, code, until) for root, paths in by_root(code).items()]
        broken = tuple(_unreadable(each) for each in code.unreadable)
        return checked(self.name, [Seen(broken), *found, *hidden])

    async def _root(self, sources: Sources, root: str, paths: tuple[str, ...], code: YamlCode, until: float) -> Seen:
        """What came of a root, by what it is made of: the next call goes on where the time was over."""
        why = _hindrance(root, paths, sources, code)
        place = root or "."
        if why:
            return unseen(why, place)
        key = digest([VERSION, KEPT_AS, await self.version(), root, sources.digest_of(paths)])
        kept = await self._results.get(key)
        if kept is not None:
            return Seen(kept.findings, kept.gaps, kept.edits)
        if asyncio.get_running_loop().time() > until:
            why = f"it was not begun within {self._limit_seconds:.0f} s; check again, and it goes on."
            return unseen(why, place, lasting=False)
        seen = await self._looked(sources, root, paths, YamlCode({path: code.files[path] for path in paths}))
        looked = checked(KEPT_AS, [seen])
        if looked.lasting:
            await self._results.put(key, looked)
        return seen

    async def _looked(self, sources: Sources, root: str, paths: tuple[str, ...], own: YamlCode) -> Seen:
        with TemporaryDirectory(prefix="kr8-ansible-") as scratch:
            run = _Run(self._processes, self._place, Path(scratch), root)
            await asyncio.to_thread(run.prepare, sources, paths)
            return await run.all(own)


@dataclass(frozen=True)
class _Run:
    """Runs the programs over a copy of the files that the guard has seen, and no others."""

    processes: Processes
    place: Place
    scratch: Path
    root: str

    @property
    def files(self) -> Path:
        """The copy of the root."""
        return self.scratch / "files" / self.root

    def prepare(self, sources: Sources, paths: Iterable[str]) -> None:
        """Make the copy, and the settings."""
        copied(sources.root, paths, self.scratch / "files")
        (self.scratch / "empty").mkdir()
        (self.scratch / commands.CONFIGURATION).write_text("")
        (self.scratch / commands.LINT_CONFIGURATION).write_text("offline: true\n")
        commands.stand_in(self.scratch).parent.mkdir()
        commands.stand_in(self.scratch).write_text("#!/bin/sh\nexit 0\n")
        commands.stand_in(self.scratch).chmod(0o755)

    async def all(self, code: YamlCode) -> Seen:
        """What is wrong with the files of the root."""
        both = await asyncio.gather(self._lint(code), self._playbooks(code))
        seen = (both[0], *both[1])
        return Seen(
            tuple(finding for each in seen for finding in each.findings),
            tuple(gap.model_copy(update={"place": self.root or "."}) for each in seen for gap in each.gaps),
            tuple(edit for each in seen for edit in each.edits),
        )

    async def _playbooks(self, code: YamlCode) -> list[Seen]:
        """All at once, for most of it is Ansible's own start; one by one where that ends at the first that is wrong."""
        names = [playbook.removeprefix(f"{self.root}/" if self.root else "") for playbook in playbooks(code)]
        if len(names) > 1 and (await self._command(commands.syntax(self._playbook, *names))).ok():
            return []
        free = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(playbook: str) -> Seen:
            async with free:
                return await self._syntax(playbook)

        return await asyncio.gather(*(one(name) for name in names))

    @property
    def _playbook(self) -> Path:
        return self.place.program("ansible-playbook")

    async def _syntax(self, playbook: str) -> Seen:
        ended = await self._command(commands.syntax(self._playbook, playbook))
        if ended.ok():
            return Seen()
        said = ended.stderr.decode(errors="replace")
        if lacking := parse.lacking(said, str(self.files)):
            return unseen(f"{playbook} in {self.root or '.'} needs what is not here: {lacking}")
        if ended.exit is None or ended.limit is not None:
            return unseen(f"{playbook}: {ended.how()}.", lasting=False)
        return Seen((parse.syntax(said, str(self.files), self.root, playbook),))

    async def _lint(self, code: YamlCode) -> Seen:
        configuration = self.scratch / commands.LINT_CONFIGURATION
        path = commands.stand_in(self.scratch).parent
        ended = await self._command(commands.lint(self.place.program("python"), configuration), path)
        found = parse.lint(ended.stdout, self.root, code)
        if found is None:
            words = " ".join(ended.last_words(3))[:300]
            return unseen(f"{self.root or '.'}: ansible-lint: {ended.how()}: {words}", lasting=False)
        texts = {path: (self.scratch / "files" / path).read_text(errors="replace") for path in code.files}
        return Seen(found, edits=tuple(edits(found, texts)))

    async def _command(self, argv: tuple[str, ...], *before: Path) -> Ended:
        env = commands.environment((*before, self.place.folder / "bin"), self.scratch)
        command = Command(argv=argv, cwd=self.files, env=env, limit_seconds=SECONDS)
        return await self.processes.run(kept_in(command, [self.place], self.scratch, commands.LINTING))


def _concerned(sources: Sources) -> tuple[str, ...]:
    may = [path for path in sources.files if is_read(path)]
    contents = {path: (sources.root / path).read_bytes() for path in may}
    signed = tuple(path for path, content in contents.items() if is_of_a_role(path) or _has_sign(content))
    code = _read(sources, signed)
    known = by_root(code)
    # What cannot be read is nobody's playbook: where it looks like one, somebody has to say that it is none.
    broken = {path for each in code.unreadable if PLAY.search(contents[path := split_place(each.place)[0]])}
    return tuple(path for path in may if path in broken or not known.keys().isdisjoint(folders_above(path)))


def _hidden(sources: Sources) -> tuple[str, ...]:
    """The playbooks that are not given to Ansible."""
    may = [path for path in sources.files if is_hidden_yaml(path)]
    return playbooks(_read(sources, [each for each in may if _has_sign((sources.root / each).read_bytes())]))


def _has_sign(content: bytes) -> bool:
    text = spelled_out(content)
    return any(sign in text for sign in SIGNS)


def _read(sources: Sources, files: Iterable[str]) -> YamlCode:
    from kr8.drivers.yaml_files import reader  # noqa: PLC0415 - loaded where there is something to read

    return reader.read({path: (sources.root / path).read_bytes() for path in files})


def _hindrance(root: str, paths: tuple[str, ...], sources: Sources, code: YamlCode) -> str:
    """Why Ansible is not run in a root, whatever this machine has; "": it may run."""
    for finding in sources.runs_code:
        if split_place(finding.place)[0] in paths:
            return f"Ansible was not run, for {finding.place}: {finding.what}"
    for unreadable in code.unreadable:
        if split_place(unreadable.place)[0] in paths:
            return f"{unreadable.place} cannot be read: {unreadable.why}."
    return ""


def _unreadable(told: Unreadable) -> Finding:
    return Finding(
        rule="ansible/unreadable",
        severity=Severity.HIGH,
        what="This file cannot be read.",
        why=f"{told.why}.",
        mend="Mend it: nothing below its folder is given to Ansible before.",
        place=told.place,
        link="https://docs.ansible.com/projects/ansible/latest/reference_appendices/YAMLSyntax.html",
    )
