"""What is asked of the tools in their own environment, each in a child without the network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kr8.domain.problem import refuse
from kr8.drivers.kubernetes_schemas.expressions import Parsed
from kr8.drivers.kubernetes_schemas.findings import Judged
from kr8.drivers.kubernetes_schemas.given import path_of
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.place import Place

HERE = Path(__file__).parent
JUDGING = HERE / "judging.py"
PROMQL = HERE / "promql.py"
SECONDS = 120.0


@dataclass(frozen=True)
class Asking:
    """The environment of the tools, and what runs their processes."""

    processes: Processes
    place: Place

    async def schemas(self, asked: Sequence[Judged]) -> list[dict[str, Any] | None]:
        """What the schemas say of each object.

        Raises Refused (worker_failed) where they could not be asked.
        """
        if not asked:
            return []
        ended = await self._ask(JUDGING, await asyncio.to_thread(question, asked))
        if not ended.ok():
            what = f"kubernetes-validate did not end well: {ended.how()}."
            raise refuse("worker_failed", what, mend="Try again.", output=ended.last_words(3))
        answers: list[dict[str, Any] | None] = json.loads(ended.stdout)
        return answers

    async def promql(self, texts: Sequence[str]) -> Parsed:
        """What the parser says of each expression, as far as it came."""
        if not texts:
            return Parsed()
        ended = await self._ask(PROMQL, texts)
        whole, _, _ = ended.stdout.rpartition(b"\n")
        return Parsed(tuple(map(json.loads, whole.splitlines())), "" if ended.ok() else ended.how())

    async def _ask(self, program: Path, question: object) -> Ended:
        with TemporaryDirectory(prefix="kr8-kubernetes-") as scratch:
            command = Command(
                argv=(str(self.place.program("python")), "-P", str(program)),
                cwd=Path(scratch),
                stdin=json.dumps(question, default=str).encode(),
                limit_seconds=SECONDS,
            )
            return await self.processes.run(kept_in(command, [self.place], Path(scratch), HERE))


def question(asked: Sequence[Judged]) -> dict[str, Any]:
    """The objects, and each of the repository's own schemas once: one may be large, and have many objects."""
    given = {path_of(each.node): each.given for each in asked if each.given is not None}
    objects = [{"version": each.version, "object": each.node.plain(), "given": _named(each)} for each in asked]
    return {"given": given, "objects": objects}


def _named(each: Judged) -> str | None:
    return None if each.given is None else path_of(each.node)
