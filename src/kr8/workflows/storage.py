"""What kr8 takes on the disk, whose it is, and what the next pruning lets go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kr8.domain.deployment import ENDED, State
from kr8.domain.model import Model
from kr8.ports.disk import Disk, Item, Kind
from kr8.workflows.needed import HISTORY, Needed, needed
from kr8.workflows.outside import Outside

PRUNED: frozenset[Kind] = frozenset({"builds", "releases"})
"""What goes when no rollback needs it. Logs and evidence have limits of their own; the rest stays."""


class Use(Model):
    """What one kind of thing takes, of one project or of none."""

    kind: Kind
    project: str | None
    """The project's name, or its id where kr8 knows it no more; None: all share it, or nobody needs it any more."""
    bytes: int
    frees: int
    """What of it the next deployment that is promoted lets go."""


class DiskUse(Model):
    """What kr8 takes on the disk of this machine."""

    bytes: int
    frees: int
    free: int
    """What the disk has left."""
    rows: tuple[Use, ...]
    """The largest first."""


@dataclass(frozen=True)
class Storage:
    """Adds up what the disk has and what somebody needs of it."""

    outside: Outside
    disk: Disk

    async def use(self) -> DiskUse:
        """Look at everything; it may take seconds."""
        waiting = await self.outside.deployments.list(states=frozenset(State) - ENDED, limit=HISTORY)
        wanted = await needed(self.outside, waiting)
        names = {project.id: project.name for project in await self.outside.projects.all()}
        sizes = await self.outside.builder.sizes()
        builds = (Item(kind="builds", name=build, bytes=taken) for build, taken in sizes.items())
        rows = [row for row in _rows([*builds, *await self.disk.items()], wanted, names) if row.bytes]
        return DiskUse(
            bytes=sum(row.bytes for row in rows),
            frees=sum(row.frees for row in rows),
            free=await self.disk.free(),
            rows=tuple(sorted(rows, key=lambda row: row.bytes, reverse=True)),
        )


def _rows(items: Iterable[Item], wanted: Needed, names: dict[str, str]) -> Iterator[Use]:
    found: dict[tuple[Kind, str | None], list[Item]] = defaultdict(list)
    for item in items:
        found[item.kind, item.project or wanted.owners.get(item.name or "")].append(item)
    stays = wanted.builds | wanted.releases
    for (kind, project), some in found.items():
        loose = [item for item in some if kind in PRUNED and item.name not in stays]
        yield Use(
            kind=kind,
            project=names.get(project, project) if project is not None else None,
            bytes=sum(item.bytes for item in some),
            frees=sum(item.bytes for item in loose),
        )
