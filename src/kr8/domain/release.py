"""What runs: a build, and the release that an environment makes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from kr8.domain.digest import digest
from kr8.domain.model import Model, Name
from kr8.domain.project import ProjectId, Service

BuildId = Annotated[str, StringConstraints(pattern=r"^bld_[0-9a-f]{16}$")]
ReleaseId = Annotated[str, StringConstraints(pattern=r"^rel_[0-9a-f]{16}$")]


class Build(Model):
    """A commit made runnable, for one service and no environment."""

    id: BuildId
    service: Name
    commit: str
    """The full commit id."""
    tree: str
    """The Git tree of the service's folder."""
    artifact: str
    """SHA-256 of what the build left."""
    directory: str
    """Where it lies on this machine."""
    bytes: int
    """What it takes on disk."""
    seconds: float
    """How long it took."""
    made_at: datetime


def build_id(project: str, service: str, tree: str, command: str | None) -> str:
    """The id of what a build would be made of: the same input is built once."""
    return "bld_" + digest([project, service, tree, command])[:16]


class SecretVersion(Model):
    """Which version of a secret a release was given; never its value."""

    name: str
    version: int


class Release(Model):
    """A build with its configuration and secret versions, in one environment; immutable."""

    id: ReleaseId
    project: ProjectId
    environment: Name
    name: Name
    """The service."""
    build: Build
    spec: Service
    env: dict[str, str] = Field(default_factory=dict[str, str])
    """The environment variables it runs with, secrets excepted."""
    secrets: tuple[SecretVersion, ...] = ()
    listen: str | None = None
    """The address where its service takes traffic."""

    def version(self) -> str:
        """What the service is told as KR8_VERSION and must answer with: the commit's first twelve digits."""
        return self.build.commit[:12]


def release_of(
    project: str,
    environment: str,
    build: Build,
    spec: Service,
    env: dict[str, str],
    secrets: tuple[SecretVersion, ...],
    listen: str | None,
) -> Release:
    """Make the release of a build; its id is the digest of all that decides how it runs.

    The commit is part of it, although two commits can share a tree: a release says which commit it is.
    """
    plain: list[object] = [project, environment, build.service, build.artifact, build.commit]
    plain += [spec.model_dump(mode="json"), env, [version.model_dump() for version in secrets], listen]
    return Release(
        id="rel_" + digest(plain)[:16],
        project=project,
        environment=environment,
        name=build.service,
        build=build,
        spec=spec,
        env=env,
        secrets=secrets,
        listen=listen,
    )
