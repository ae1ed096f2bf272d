"""What somebody asked for, before there is a plan."""

from __future__ import annotations

from enum import StrEnum

from kr8.domain.model import Model


class Kind(StrEnum):
    """What a deployment is for."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    SCALE = "scale"
    RESTART = "restart"
    DOWN = "down"


class Order(Model):
    """What a deployment shall do; a plan can be made of it again when the environment has moved."""

    kind: Kind
    commit: str | None = None
    """For a deploy: the full commit id; beside `from_environment`, the one that must be promoted there."""
    repository: str | None = None
    """For a deploy: the checkout that has the commit, or that says how builds of another environment run."""
    from_environment: str | None = None
    """For a deploy: take the builds that this environment has promoted."""
    services: tuple[str, ...] = ()
    """For a restart: which services; none: all."""
    service: str | None = None
    """For a scale: which service."""
    instances: int | None = None
    """For a scale: how many."""
    to_generation: int | None = None
    """For a rollback: to this generation; None: the newest that may be rolled back to."""
