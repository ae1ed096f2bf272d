"""zizmor looks at every workflow and action of a repository."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from kr8.domain.edits import Edit
from kr8.domain.infrastructure_check import Checked, Gap, Part, judged, not_checked
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.copied import copied
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.place import Place
from kr8.drivers.zizmor import commands, edits, parse
from kr8.drivers.zizmor.edits import Mended
from kr8.ports.checkers import Sources

SECONDS = 120.0
ANSWERED = (0, 11, 12, 13, 14)
"""Its exit codes where it has looked: nothing found, or how bad the worst is."""
NOTHING_READ = b"no inputs collected"
SETTINGS = frozenset({"zizmor.yml", "zizmor.yaml"})
"""It looks for them beside each file, in each folder above that, and in the .github of each."""
SUFFIXES = (".yml", ".yaml")


class ZizmorChecker:
    """Implements the port `Checker`."""

    name = "zizmor"
    tool = "zizmor"
    rules = ("zizmor/",)
    security = ("zizmor/",)
    judges: tuple[str, ...] = ()

    def __init__(self, processes: Processes, place: Place) -> None:
        self._processes = processes
        self._place = place

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The workflows and actions, and the repository's settings for zizmor."""
        audited = tuple(path for path in sources.files if is_audited(path)) if Part.PIPELINE in parts else ()
        return (*audited, *(path for path in sources.files if is_settings(path))) if audited else ()

    async def version(self) -> str | None:
        """The one that is installed."""
        return self._place.version if self._place.is_installed() else None

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What it says of each. One file that it cannot read would keep it from all others: it is not given that."""
        audited = [path for path in files if is_audited(path)]
        texts = await asyncio.to_thread(_texts, sources.root, audited)
        if audited and not texts:
            return judged(self.name, _unread(audited))
        with TemporaryDirectory(prefix="kr8-zizmor-") as scratch:
            argv = commands.check(self._place.program("zizmor"), texts)
            ended = await self._run(argv, sources.root, Path(scratch))
            every = await self._without_settings(sources.root, files, texts, Path(scratch))
            findings = parse.found(ended.stdout, every)
            if NOTHING_READ in ended.stderr:
                return judged(self.name, _unread(audited))
            if findings is None or not _has_answered(ended):
                return not_checked(self.name, f"zizmor: {ended.how()}.")
            made = await self._edits(sources.root, files, edits.mended(ended.stdout), Path(scratch))
        known = parse.read(ended.stderr)
        unread = [path for path in audited if path not in known]
        return judged(self.name, _unread(unread), findings=findings, edits=made)

    async def _without_settings(self, root: Path, files: tuple[str, ...], texts: list[str], scratch: Path) -> bytes:
        """What it would say if the repository had no settings for it, which may keep it from telling anything."""
        if not any(map(is_settings, files)):
            return parse.NOTHING
        argv = commands.check_without_settings(self._place.program("zizmor"), texts)
        ended = await self._run(argv, root, scratch)
        return ended.stdout if _has_answered(ended) else b""

    async def _run(self, argv: tuple[str, ...], folder: Path, scratch: Path) -> Ended:
        command = Command(argv=argv, cwd=folder, env=commands.environment(scratch), limit_seconds=SECONDS)
        return await self._processes.run(kept_in(command, [self._place], scratch, folder))

    async def _edits(self, root: Path, files: tuple[str, ...], mended: Mended, scratch: Path) -> tuple[Edit, ...]:
        """What zizmor changes in a copy of the files that it can mend; its settings lie beside them."""
        if not mended:
            return ()
        wanted = (*mended, *(path for path in files if is_settings(path)))
        copy = scratch / "copy"
        await asyncio.to_thread(copied, root, wanted, copy)
        before = await asyncio.to_thread(_read, copy, mended)
        ended = await self._run(commands.mend(self._place.program("zizmor"), mended), copy, scratch)
        if not _has_answered(ended):
            return ()
        after = await asyncio.to_thread(_read, copy, mended)
        return tuple(
            edit for path, found in mended.items() for edit in edits.edits(path, before[path], after[path], found)
        )


def _unread(paths: list[str]) -> list[Gap]:
    """What is said of files that it leaves out: no text in UTF-8, no workflow by its schema, or not by its parser."""
    return [Gap(why="zizmor does not understand this file.", what=path, place=path, lasting=True) for path in paths]


def _has_answered(ended: Ended) -> bool:
    return ended.exit in ANSWERED and ended.limit is None


def _read(root: Path, files: Iterable[str]) -> dict[str, str]:
    return {path: (root / path).read_bytes().decode() for path in files}


def is_audited(path: str) -> bool:
    """Whether it is a workflow or an action."""
    pure = PurePosixPath(path)
    in_workflows = str(pure.parent) == ".github/workflows" and pure.suffix in SUFFIXES
    return in_workflows or pure.name in ("action.yml", "action.yaml")


def is_settings(path: str) -> bool:
    """Whether it takes a file for settings; a workflow may have that name too."""
    return PurePosixPath(path).name in SETTINGS and not is_audited(path)


def _texts(root: Path, files: Iterable[str]) -> list[str]:
    return [path for path in files if _is_text(root / path)]


def _is_text(file: Path) -> bool:
    try:
        file.read_bytes().decode()
    except UnicodeDecodeError:
        return False
    return True
