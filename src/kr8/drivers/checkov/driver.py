"""checkov looks at Terraform, manifests, playbooks, images and pipelines."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from kr8.domain.digest import digest
from kr8.domain.dockerfile import is_dockerfile
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.domain.seen import Seen, checked
from kr8.drivers.checkov import parse
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
KEPT_AS = "checkov framework, by title"
FRAMEWORKS = {
    Part.TERRAFORM: "terraform",
    Part.KUBERNETES: "kubernetes",
    Part.ANSIBLE: "ansible",
    Part.IMAGE: "dockerfile",
    Part.PIPELINE: "github_actions",
}
"""What is asked of it for each part. Those that run other programs, such as helm and kustomize, are not."""


class CheckovChecker:
    """Implements the port `Checker`."""

    name = "checkov"
    tool = "checkov"
    security = ("checkov/",)

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
        """The files of the parts, by their names."""
        return tuple(path for path in sources.files if parts_of(path) & parts)

    async def version(self) -> str | None:
        """The one that is installed."""
        return self._place.version if self._place.is_installed() else None

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What it says. Raises Refused (worker_failed)."""
        by_part = {part: tuple(path for path in files if part in parts_of(path)) for part in FRAMEWORKS}
        return together(
            self.name, [await self._of_part(sources, part, paths) for part, paths in by_part.items() if paths]
        )

    async def _of_part(self, sources: Sources, part: Part, paths: tuple[str, ...]) -> Checked:
        key = digest([VERSION, KEPT_AS, await self.version(), part, sources.digest_of(paths)])
        kept = await self._results.get(key)
        if kept is not None:
            return kept
        if self._worker is None:
            self._worker = Worker(self._processes, _command(self._place, self._empty, self._copies))
        question = json.dumps({"root": str(sources.root), "frameworks": [FRAMEWORKS[part]]})
        told = parse.checked(self.name, await self._worker.ask(question.encode()), str(sources.root), paths)
        if told.state is CheckState.CHECKED or told.lasting:
            await self._results.put(key, told)
        return told


def together(name: str, checks: list[Checked]) -> Checked:
    """What was found of all parts, as one result."""
    return checked(name, (Seen(each.findings, each.why, each.lasting) for each in checks))


def parts_of(path: str) -> frozenset[Part]:
    """The parts that a file may be of, as far as its name says."""
    pure = PurePosixPath(path)
    if pure.name.endswith((".tf", ".tf.json", ".tfvars")):
        return frozenset({Part.TERRAFORM})
    if is_dockerfile(path):
        return frozenset({Part.IMAGE})
    if pure.suffix in (".yaml", ".yml"):
        in_workflows = path.startswith(".github/workflows/")
        return frozenset({Part.PIPELINE} if in_workflows else {Part.KUBERNETES, Part.ANSIBLE})
    return frozenset()


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
