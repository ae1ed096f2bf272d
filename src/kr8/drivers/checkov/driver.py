"""checkov looks at Terraform, manifests, playbooks, images, pipelines and CloudFormation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

from kr8.domain.digest import digest
from kr8.domain.infrastructure_check import Checked, Part, judged
from kr8.domain.kustomization import patches
from kr8.domain.manifests import is_partial
from kr8.domain.seen import Seen, checked, unseen
from kr8.domain.yaml_code import Node, YamlCode, YamlFile
from kr8.drivers.checkov import parse
from kr8.drivers.checkov.concern import Framework, frameworks_of, overlooked
from kr8.drivers.kubernetes_schemas.concern import charts
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.process.worker import Worker
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.place import Place
from kr8.ports.check_results import CheckResults
from kr8.ports.checkers import Sources
from kr8.version import VERSION

SERVING = Path(__file__).with_name("serving.py")
SECONDS = 300.0
IDLE_SECONDS = 120
KEPT_AS = "checkov framework, object by object"


class CheckovChecker:
    """Implements the port `Checker`."""

    name = "checkov"
    tool = "checkov"
    rules = ("checkov/",)
    security = ("checkov/",)
    judges: tuple[str, ...] = ()

    def __init__(self, processes: Processes, place: Place, empty: Path, copies: Path, results: CheckResults) -> None:
        """`empty`: a folder of its own with nothing in it, where it is at home; `copies`: where all copies lie.

        `results`: where what was found in the files of one part is kept, whatever becomes of the others.
        """
        self._processes = processes
        self._place = place
        self._empty = empty
        self._copies = copies
        self._results = results
        self._worker: Worker | None = None

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The files of the parts that one of its frameworks takes."""
        found = await asyncio.to_thread(_by_framework, sources, sources.files)
        return tuple(sorted({path for framework, paths in found.items() if framework.part in parts for path in paths}))

    async def version(self) -> str | None:
        """The one that is installed."""
        return self._place.version if self._place.is_installed() else None

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What it says. Raises Refused (worker_failed)."""
        found = await asyncio.to_thread(_by_framework, sources, files)
        return together(self.name, [await self._of(sources, framework, paths) for framework, paths in found.items()])

    async def _of(self, sources: Sources, framework: Framework, paths: tuple[str, ...]) -> Checked:
        key = digest([VERSION, KEPT_AS, await self.version(), framework, sources.digest_of(paths)])
        kept = await self._results.get(key)
        if kept is not None:
            return kept
        seen = tuple(path for path in paths if not overlooked(path))
        looked = await self._looked(sources, framework, seen) if seen else judged(self.name, ())
        others = (unseen(why, path) for path in paths if (why := overlooked(path)))
        told = checked(self.name, [Seen(looked.findings, looked.gaps), *others])
        if told.lasting:
            await self._results.put(key, told)
        return told

    async def _looked(self, sources: Sources, framework: Framework, paths: tuple[str, ...]) -> Checked:
        """What it says of the files that it looks at."""
        if self._worker is None:
            self._worker = Worker(self._processes, _command(self._place, self._empty, self._copies))
        is_of_kubernetes = framework is Framework.KUBERNETES
        code = await asyncio.to_thread(_read, sources, paths) if is_of_kubernetes else YamlCode()
        files = [str(sources.root / path) for path in paths] if framework.takes_files else []
        question = json.dumps({"root": str(sources.root), "frameworks": [framework], "files": files})
        answer = await self._worker.ask(question.encode())
        return parse.checked(self.name, answer, str(sources.root), paths, _parts(code), _objects(code))


def _by_framework(sources: Sources, files: Iterable[str]) -> dict[Framework, tuple[str, ...]]:
    found: dict[Framework, list[str]] = {}
    known = charts(sources.files)
    for path in files:
        for framework in frameworks_of(sources.root, path, known):
            found.setdefault(framework, []).append(path)
    return {framework: tuple(found[framework]) for framework in Framework if framework in found}


def _read(sources: Sources, paths: Iterable[str]) -> YamlCode:
    from kr8.drivers.yaml_files import reader  # noqa: PLC0415 - loaded where there is something to read

    return reader.read({path: (sources.root / path).read_bytes() for path in paths})


def _parts(code: YamlCode) -> frozenset[str]:
    """The files that have parts of objects alone, which a kustomization lays over others."""
    laid = patches(code)
    return frozenset(path for path, file in code.files.items() if path in laid and _has_parts_alone(path, file))


def _has_parts_alone(path: str, file: YamlFile) -> bool:
    return all(is_partial(node) for node in YamlCode({path: file}).manifests())


def _objects(code: YamlCode) -> dict[str, int]:
    """How many objects checkov is to look at in each file; what no cluster takes for want of a name is none."""
    return {path: sum(map(_has_name, YamlCode({path: file}).manifests())) for path, file in code.files.items()}


def _has_name(node: Node) -> bool:
    return any(node.at("metadata", key) is not None for key in ("name", "generateName"))


def together(name: str, checks: list[Checked]) -> Checked:
    """What was found of all parts, as one result."""
    return checked(name, (Seen(each.findings, each.gaps) for each in checks))


def _command(place: Place, empty: Path, copies: Path) -> Command:
    # In an empty folder, with an empty home: a .checkov.yaml there could name checks of its own, which are code.
    empty.mkdir(parents=True, exist_ok=True)
    command = Command(
        argv=(str(place.program("python")), "-P", str(SERVING), str(IDLE_SECONDS)),
        cwd=empty,
        env={
            "HOME": str(empty),
            "LOG_LEVEL": "CRITICAL",
            "CHECKOV_RENDER_MAX_LEN": "0",
            # It would fork two processes for every folder with a file: most have a file or two.
            "CHECKOV_PARALLELIZATION_TYPE": "none",
        },
        limit_seconds=SECONDS,
    )
    # It is asked about one copy after the other, which are not there yet: it may read where they all will be.
    copies.mkdir(mode=0o700, exist_ok=True)
    return kept_in(command, [place], empty, SERVING, copies)
