"""What a deployment would change, in a form that has a digest."""

from __future__ import annotations

from datetime import datetime

from kr8.domain.digest import digest
from kr8.domain.finding import Finding
from kr8.domain.model import Model, Name
from kr8.domain.order import Kind
from kr8.domain.policy import Policy
from kr8.domain.project import Environment, ProjectId, Strategy
from kr8.domain.release import Release


class ServicePlan(Model):
    """What happens to one service."""

    service: Name
    release: Release | None
    """What it shall serve; None: it is removed."""
    replaces: Release | None = None
    """What it serves now."""
    instances: int
    instances_now: int = 0
    restart: int = 0
    """The restart number that its instances shall have."""
    restart_now: int = 0
    """The restart number that they have now."""
    runs_before: tuple[str, ...] | None = None
    """The command that runs before its first instance starts."""

    def changes(self) -> bool:
        """Whether anything happens to this service at all."""
        same = self.release is not None and self.replaces is not None and self.release.id == self.replaces.id
        return not same or self.instances != self.instances_now or self.restart != self.restart_now


class BlastRadius(Model):
    """Two lines, composed of the plan by kr8: what is touched, and what can go wrong and how it is undone."""

    touches: str
    undone_by: str


class Plan(Model):
    """What a deployment would change. Its digest is what an approval is bound to."""

    project: ProjectId
    environment: Name
    kind: Kind
    account: str | None = None
    generation: int
    """The generation of the environment that the plan starts from."""
    commit: str | None = None
    services: tuple[ServicePlan, ...]
    strategy: Strategy
    policy: Policy
    """The protection that counts for this plan."""
    policy_then: Policy | None = None
    """The protection that stands once it is promoted; None: the same."""
    declared: Environment | None = None
    """The environment as it counts once this is promoted: as kr8.toml has it; for what deploys nothing, as before."""
    findings: tuple[Finding, ...] = ()
    blast_radius: BlastRadius
    to_generation: int | None = None
    """For a rollback: the generation whose releases come back."""
    made_at: datetime
    requested_by: str
    """The caller's label: an approval binds who asked."""

    def digest(self) -> str:
        """SHA-256 of the plan, 64 hexadecimal digits."""
        return digest(self)

    def changed(self) -> tuple[ServicePlan, ...]:
        """The services to which anything happens, in the order of their needs."""
        return tuple(service for service in self.services if service.changes())
