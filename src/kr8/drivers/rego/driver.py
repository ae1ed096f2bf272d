"""Asks the policies of person and project about everything that they can judge."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.digest import digest
from kr8.domain.finding import Finding
from kr8.domain.infrastructure_check import Checked, Gap, Part, judged
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.rego import commands
from kr8.drivers.rego.concern import PROJECT_FILE, concerned
from kr8.drivers.rego.findings import MOST, Broken, broken, said_of, told, trouble
from kr8.drivers.rego.inputs import Input, of_manifests, of_project, of_terraform
from kr8.drivers.rego.policies import SUFFIX, Policies, Whose, is_project_policy
from kr8.drivers.terraform.concern import CONFIGURATION
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.place import Place
from kr8.ports.checkers import Sources

MEMORY = 4 << 30
"""Of address space, of which Go uses the smaller part."""
SECONDS = 30.0
TRIES = 20
"""How often policies are asked without those that cannot be used."""
MOST_INPUTS = 5000
MOST_POLICIES = 200
MOST_BYTES = 1 << 20


class RegoChecker:
    """Implements the port `Checker`."""

    name = "rego"
    tool = "opa"
    rules = ("rego/",)
    security: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()

    def __init__(self, processes: Processes, place: Place, folder: Path, limit_seconds: float = SECONDS) -> None:
        """`folder`: the policies of the person whose home this is; it need not be there."""
        self._processes = processes
        self._place = place
        self._folder = folder
        self._limit_seconds = limit_seconds

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """Terraform's configuration, manifests and kr8.toml, with the policies of the project; nothing without any."""
        person = await asyncio.to_thread(_of_person, self._folder)
        return await asyncio.to_thread(concerned, sources, parts, bool(person.modules or person.unread))

    async def version(self) -> str | None:
        """That of opa, and of the person's policies."""
        person = await asyncio.to_thread(_of_person, self._folder)
        return f"{self._place.version} {digest(person.modules)[:12]}" if self._place.is_installed() else None

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What the policies say of each object, and of all together; a policy that is none is a finding."""
        inputs = await asyncio.to_thread(_inputs, sources, files)
        person = await asyncio.to_thread(_of_person, self._folder)
        project = await asyncio.to_thread(_of_project, sources, files)
        asked = [each for each in (person, project) if each.modules]
        answers = await asyncio.gather(*(self._asked(each, inputs[:MOST_INPUTS]) for each in asked))
        whys = [why for _, why in answers if why] + [_unread(each) for each in (person, project) if each.unread]
        many = f"Policies judge {MOST_INPUTS:,} objects at most, and here are {len(inputs):,}."
        beyond = [Gap(why=many, lasting=True)] if len(inputs) > MOST_INPUTS else []
        return judged(
            self.name,
            [*(Gap(why=why) for why in whys), *beyond],
            findings=tuple(finding for found, _ in answers for finding in found),
        )

    async def _asked(self, policies: Policies, inputs: tuple[Input, ...]) -> tuple[tuple[Finding, ...], str]:
        """What somebody's policies say, and why they did not."""
        wrong: list[Broken] = []
        why = "each try found more that cannot be used"
        for _ in range(TRIES):
            left = policies.without(each.file for each in wrong)
            if not left.rules():
                return tuple(said_of(wrong)), ""
            ended, folder = await self._evaluated(left, inputs)
            found = told(left, ended.stdout, inputs)
            if ended.ok() and found is not None:
                return (*said_of(wrong), *found.findings), _left(left.whose, found.left)
            more = broken(ended.stdout, folder)
            if more is None or not {each.file for each in more} & set(left.modules):
                why = trouble(ended.stdout) or ended.how()
                break
            wrong += more
        return tuple(said_of(wrong)), f"The policies in {_folder_of(policies.whose)} gave no answer: {why}."

    async def _evaluated(self, policies: Policies, inputs: tuple[Input, ...]) -> tuple[Ended, str]:
        """How opa ended, and the folder that it had the policies in."""
        program = self._place.program("opa")
        with TemporaryDirectory(prefix="kr8-rego-") as scratch:
            folder, calls = Path(scratch, "policies"), Path(scratch, "capabilities.json")
            await asyncio.to_thread(_write, folder, policies)
            printed = await self._run(commands.capabilities(program), Path(scratch), b"")
            if printed.ok():
                calls.write_bytes(commands.harmless(printed.stdout))
                entries = [rule.entry for rule in policies.rules()]
                argv = commands.evaluate(program, folder, calls, entries)
                printed = await self._run(argv, Path(scratch), commands.question(inputs))
        return printed, str(folder)

    async def _run(self, argv: tuple[str, ...], scratch: Path, stdin: bytes) -> Ended:
        command = Command(
            argv=argv,
            cwd=scratch,
            env=commands.environment(scratch),
            stdin=stdin,
            limit_seconds=self._limit_seconds,
            grace_seconds=0,
            memory=MEMORY,
        )
        return await self._processes.run(kept_in(command, [self._place], scratch))


def _folder_of(whose: Whose) -> str:
    return "KR8_HOME/policies" if whose is Whose.PERSON else ".kr8/policies"


def _left(whose: Whose, left: int) -> str:
    """What to say of findings that are too many; "": there are none."""
    said = f"The policies in {_folder_of(whose)} found {MOST + left:,} things: these are the worst {MOST:,}."
    return said if left else ""


def _unread(policies: Policies) -> str:
    limits = f"at most {MOST_POLICIES} files of {MOST_BYTES:,} bytes are"
    return f"Of the policies in {_folder_of(policies.whose)} {policies.unread} were not read: {limits}."


def _write(folder: Path, policies: Policies) -> None:
    for file, text in policies.modules.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)


def _inputs(sources: Sources, files: Iterable[str]) -> tuple[Input, ...]:
    from kr8.drivers.hcl import reader as hcl  # noqa: PLC0415 - loaded where there is something to read
    from kr8.drivers.yaml_files import reader as yaml  # noqa: PLC0415

    contents = {path: (sources.root / path).read_bytes() for path in files if not is_project_policy(path)}
    project = contents.pop(PROJECT_FILE, b"").decode(errors="replace")
    terraform = {path: content for path, content in contents.items() if path.endswith(CONFIGURATION)}
    manifests = {path: content for path, content in contents.items() if path not in terraform}
    return (
        *of_terraform(hcl.read(terraform)),
        *of_manifests(yaml.read(manifests)),
        *(of_project(project) if project else ()),
    )


def _of_person(folder: Path) -> Policies:
    files = [file for file in sorted(folder.glob(f"*{SUFFIX}")) if not file.name.endswith(f"_test{SUFFIX}")]
    small = [file for file in files if file.is_file() and file.stat().st_size <= MOST_BYTES][:MOST_POLICIES]
    named = {f"KR8_HOME/policies/{file.name}": file.read_text(errors="replace") for file in small}
    return Policies(whose=Whose.PERSON, modules=named, unread=len(files) - len(small))


def _of_project(sources: Sources, files: Iterable[str]) -> Policies:
    own = [path for path in files if is_project_policy(path)]
    texts = {path: (sources.root / path).read_text(errors="replace") for path in own[:MOST_POLICIES]}
    return Policies(whose=Whose.PROJECT, modules=texts, unread=len(own) - len(texts))
