"""checkov looks at Terraform, manifests, playbooks, images and pipelines."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from kr8.domain.infrastructure_check import Checked, Part
from kr8.drivers.checkov import parse
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.process.worker import Worker
from kr8.drivers.toolbox.place import Place
from kr8.ports.checkers import Sources

SERVING = Path(__file__).with_name("serving.py")
SECONDS = 300.0
IDLE_SECONDS = 120
FRAMEWORKS = {
    Part.TERRAFORM: ("terraform",),
    Part.KUBERNETES: ("kubernetes",),
    Part.ANSIBLE: ("ansible",),
    Part.IMAGE: ("dockerfile",),
    Part.PIPELINE: ("github_actions",),
}
"""What is asked of it for each part. Those that run other programs, such as helm and kustomize, are not."""


class CheckovChecker:
    """Implements the port `Checker`."""

    name = "checkov"
    tool = "checkov"

    def __init__(self, processes: Processes, place: Place, empty: Path) -> None:
        """`empty`: a folder of its own with nothing in it, where it is at home."""
        self._processes = processes
        self._place = place
        self._empty = empty
        self._worker: Worker | None = None

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The files of the parts, by their names."""
        return tuple(path for path in sources.files if parts_of(path) & parts)

    async def version(self) -> str | None:
        """The one that is installed."""
        return self._place.version if self._place.is_installed() else None

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What it says. Raises Refused (worker_failed)."""
        parts = {part for path in files for part in parts_of(path)}
        frameworks = [name for part, names in FRAMEWORKS.items() if part in parts for name in names]
        if self._worker is None:
            self._worker = Worker(self._processes, _command(self._place, self._empty))
        question = json.dumps({"root": str(sources.root), "frameworks": frameworks})
        return parse.checked(self.name, await self._worker.ask(question.encode()), str(sources.root), files)


def parts_of(path: str) -> frozenset[Part]:
    """The parts that a file may be of, as far as its name says."""
    pure = PurePosixPath(path)
    if pure.name.endswith((".tf", ".tf.json", ".tfvars")):
        return frozenset({Part.TERRAFORM})
    if pure.name.startswith("Dockerfile") or pure.suffix == ".Dockerfile":
        return frozenset({Part.IMAGE})
    if pure.suffix in (".yaml", ".yml"):
        in_workflows = path.startswith(".github/workflows/")
        return frozenset({Part.PIPELINE} if in_workflows else {Part.KUBERNETES, Part.ANSIBLE})
    return frozenset()


def _command(place: Place, empty: Path) -> Command:
    # In an empty folder, with an empty home: a .checkov.yaml there could name checks of its own, which are code.
    empty.mkdir(parents=True, exist_ok=True)
    return Command(
        argv=(str(place.program("python")), "-P", str(SERVING), str(IDLE_SECONDS)),
        cwd=empty,
        env={"HOME": str(empty), "LOG_LEVEL": "CRITICAL", "CHECKOV_RENDER_MAX_LEN": "0"},
        limit_seconds=SECONDS,
    )
