"""Secrets in memory, in clear."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from kr8.domain.problem import refuse
from kr8.domain.release import Release, SecretVersion
from kr8.ports.secrets import SecretView


@dataclass
class Kept:
    """One version of one secret."""

    view: SecretView
    project: str
    value: str
    removed: bool = False


@dataclass
class FakeSecrets:
    """`sealed` shows what each release's instances would be given."""

    kept: list[Kept] = field(default_factory=list[Kept])
    sealed: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    async def set(self, project: str, environment: str, name: str, value: str, by: str) -> SecretView:
        """Add a version; numbers go on after a removal."""
        version = 1 + len(self._versions(project, environment, name))
        view = SecretView(name=name, environment=environment, version=version, set_at=self.now, set_by=by)
        self.kept.append(Kept(view, project, value))
        return view

    async def list(self, project: str, environment: str | None = None) -> tuple[SecretView, ...]:
        """The newest of each that is not removed, by environment and name."""
        newest = {
            (kept.view.environment, kept.view.name): kept.view
            for kept in self.kept
            if kept.project == project and environment in (None, kept.view.environment) and not kept.removed
        }
        return tuple(newest[key] for key in sorted(newest))

    async def remove(self, project: str, environment: str, name: str) -> bool:
        """Mark every version as removed."""
        standing = [kept for kept in self._versions(project, environment, name) if not kept.removed]
        for kept in standing:
            kept.removed = True
        return bool(standing)

    async def latest(self, project: str, environment: str, names: tuple[str, ...]) -> tuple[SecretVersion, ...]:
        """The newest versions, in the order of the names."""
        views = {view.name: view for view in await self.list(project, environment)}
        return tuple(SecretVersion(name=name, version=views[name].version) for name in names if name in views)

    async def seal(self, release: Release) -> None:
        """Remember the values that the release has."""
        values: dict[str, str] = {}
        for wanted in release.secrets:
            versions = self._versions(release.project, release.environment, wanted.name)
            found = next((kept for kept in versions if kept.view.version == wanted.version), None)
            if found is None:
                raise refuse("unknown_secret", f"There is no version {wanted.version} of {wanted.name}.")
            values[wanted.name] = found.value
        self.sealed[release.id] = values

    async def values(self) -> tuple[str, ...]:
        """Every value of every version."""
        return tuple(kept.value for kept in self.kept)

    def _versions(self, project: str, environment: str, name: str) -> tuple[Kept, ...]:
        return tuple(
            kept
            for kept in self.kept
            if (kept.project, kept.view.environment, kept.view.name) == (project, environment, name)
        )
