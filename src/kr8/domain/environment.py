"""An environment as the store knows it: what it serves, and what it served."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from kr8.domain.model import Model, Name
from kr8.domain.policy import Policy
from kr8.domain.project import Environment, Project, ProjectId, Strategy
from kr8.domain.release import Release


class Promotion(Model):
    """What one deployment made an environment serve for good."""

    generation: int
    deployment: str
    at: datetime
    commit: str | None
    releases: tuple[Release, ...]
    instances: dict[str, int] = Field(default_factory=dict[str, int])
    restart: dict[str, int] = Field(default_factory=dict[str, int])
    irreversible: tuple[str, ...] = ()
    """Services whose `before` command ran for this promotion and cannot be undone."""
    withdrawn: bool = False
    """Whether a rollback has left it: it is not rolled back to again."""

    def release(self, service: str) -> Release | None:
        """The release of one service, None where it had none."""
        return next((release for release in self.releases if release.name == service), None)

    def identity(self) -> frozenset[str]:
        """The ids of its releases: two promotions with one identity serve the same."""
        return frozenset(release.id for release in self.releases)


class EnvironmentRecord(Model):
    """What the store knows of one environment."""

    project: ProjectId
    name: Name
    generation: int = 0
    current: Promotion | None = None
    policy: Policy | None = None
    """The protection that stands: of what was promoted last."""
    strategy: Strategy | None = None
    declared: Environment | None = None
    """What kr8.toml said of it when it was deployed last: it counts where kr8.toml names it no more."""
    scale: dict[str, int] = Field(default_factory=dict[str, int])
    """Instances that somebody asked for by a scale; they outlive the next deployment."""
    lasting: tuple[str, ...] = ()
    """Services for which a command that cannot be undone ran since the last promotion: also one that went back."""
    frozen_by: str | None = None
    """The stuck deployment that keeps it from being changed."""

    def serves(self) -> bool:
        """Whether anything is promoted in it."""
        return self.current is not None and bool(self.current.releases)


class ProjectRecord(Model):
    """A project as the store knows it."""

    id: ProjectId
    name: Name
    path: str
    """The checkout it was last seen at; it may be gone."""
    spec: Project
    """kr8.toml as last seen."""
    seen_at: datetime


def with_promoted(project: Project, *records: EnvironmentRecord) -> Project:
    """kr8.toml, and the environments that it names no more as they were deployed last."""
    left = {
        record.name: record.declared
        for record in records
        if record.declared is not None and record.name not in project.environments
    }
    return project.model_copy(update={"environments": {**project.environments, **left}})


def ways_back(current: Promotion, history: tuple[Promotion, ...]) -> tuple[Promotion, ...]:
    """The promotions that may be rolled back to, newest first, each set of releases once.

    What was withdrawn and then deployed again counts by its newest promotion.
    """
    newest: dict[frozenset[str], Promotion] = {}
    for promotion in sorted(history, key=lambda promotion: promotion.generation):
        if promotion.releases and promotion.generation < current.generation:
            newest[promotion.identity()] = promotion
    found = [each for each in newest.values() if not each.withdrawn and each.identity() != current.identity()]
    return tuple(sorted(found, key=lambda promotion: promotion.generation, reverse=True))


class Way(StrEnum):
    """Whether a promotion can be rolled back to."""

    SERVES = "serves"
    AT_ONCE = "at once"
    """Its builds are here: nothing has to be made."""
    PRUNED = "builds pruned"
    """Its commit can be deployed anew."""
    IRREVERSIBLE = "not undone"
    """A command that cannot be undone ran since."""
    WITHDRAWN = "withdrawn"
    NONE = "as now"
    """It served what serves now, or nothing."""


def way_to(
    promotion: Promotion, record: EnvironmentRecord, history: tuple[Promotion, ...], builds: frozenset[str]
) -> Way:
    """Whether a rollback to a promotion of `history` would be done; `builds`: the ids of those that are here."""
    current = record.current
    if current is None or promotion.generation == current.generation:
        return Way.SERVES
    if promotion.identity() not in {each.identity() for each in ways_back(current, history)}:
        return Way.WITHDRAWN if promotion.generation in withdrawn_of(history) else Way.NONE
    if record.lasting or irreversible_between(promotion, current, history):
        return Way.IRREVERSIBLE
    return Way.AT_ONCE if {release.build.id for release in promotion.releases} <= builds else Way.PRUNED


def size_of(*promotions: Promotion) -> int:
    """The bytes of the builds of some promotions, each build once."""
    builds = {release.build.id: release.build.bytes for each in promotions for release in each.releases}
    return sum(builds.values())


def withdrawn_of(history: tuple[Promotion, ...]) -> frozenset[int]:
    """The generations that must not come back: a rollback has left their releases, and nobody deployed them since."""
    newest = {each.identity(): each for each in sorted(history, key=lambda promotion: promotion.generation)}
    return frozenset(each.generation for each in history if newest[each.identity()].withdrawn)


def lasting_of(releases: tuple[Release, ...]) -> tuple[str, ...]:
    """The services whose command before their start cannot be undone."""
    declared = ((release.name, release.spec.before) for release in releases)
    return tuple(name for name, before in declared if before is not None and not before.reversible)


def learned(known: int, found: tuple[Promotion, ...]) -> tuple[Promotion, ...]:
    """What is known of the promotions after generation `known`; `found` is in order.

    Where some are missing, a command that cannot be undone may have run in one of them: it counts for the next.
    """
    kept: list[Promotion] = []
    for each in found:
        if each.generation <= known:
            continue
        lasts = each.irreversible if each.generation == known + 1 else lasting_of(each.releases)
        kept.append(each.model_copy(update={"irreversible": lasts}))
        known = each.generation
    return tuple(kept)


def irreversible_between(
    target: Promotion, current: Promotion, history: tuple[Promotion, ...]
) -> tuple[Promotion, ...]:
    """The promotions after `target`, up to `current`, that ran a command which cannot be undone."""
    return tuple(
        promotion
        for promotion in sorted(history, key=lambda promotion: promotion.generation)
        if target.generation < promotion.generation <= current.generation and promotion.irreversible
    )
