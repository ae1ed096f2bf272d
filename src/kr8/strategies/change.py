"""What a strategy is given of one service."""

from __future__ import annotations

from typing import NoReturn

from kr8.domain.model import Model
from kr8.domain.plan import ServicePlan
from kr8.domain.project import Strategy
from kr8.domain.target import Desired, Pace, ServiceRef, Share


class ServiceChange(Model):
    """One service, from what serves to what shall serve."""

    ref: ServiceRef
    plan: ServicePlan
    strategy: Strategy

    def pace(self, surge: int = 1, unavailable: int = 0) -> Pace:
        """How fast the service may change under this strategy."""
        spec = (self.plan.release or self.plan.replaces or _nothing(self)).spec
        return Pace(
            surge=surge,
            unavailable=unavailable,
            ready_limit=spec.health.ready_limit,
            drain_limit=self.strategy.drain_limit,
        )

    def desired(self, *shares: Share, surge: int = 1, unavailable: int = 0, restart: int | None = None) -> Desired:
        """A desired state of this service; shares without instances are left out."""
        return Desired(
            service=self.ref,
            shares=tuple(share for share in shares if share.instances),
            pace=self.pace(surge, unavailable),
            restart=self.plan.restart if restart is None else restart,
        )

    def old(self, traffic: int | None = None) -> Share:
        """All instances of what serves now. Call it only where something serves."""
        release = self.plan.replaces or _nothing(self)
        return Share(release=release.id, instances=self.plan.instances_now, traffic=traffic)

    def new(self, traffic: int | None = None, instances: int | None = None) -> Share:
        """Instances of the new release. Call it only where there is one."""
        release = self.plan.release or _nothing(self)
        return Share(release=release.id, instances=instances or self.plan.instances, traffic=traffic)

    def gates(self, *own: str) -> tuple[str, ...]:
        """The gates of a stage that judges the new release: the strategy's own, and those that kr8.toml names."""
        return tuple(dict.fromkeys((*own, *self.strategy.gates)))

    def baseline(self) -> Desired:
        """What serves now; nothing before the first deployment."""
        serves = self.plan.replaces is not None
        return self.desired(*((self.old(),) if serves else ()), restart=self.plan.restart_now)

    def wanted(self) -> Desired:
        """What shall serve in the end; nothing where the service is removed."""
        return self.desired(*((self.new(),) if self.plan.release is not None else ()))

    def replaces_a_release(self) -> bool:
        """Whether one release takes the place of another, with traffic to move."""
        old, new = self.plan.replaces, self.plan.release
        return old is not None and new is not None and old.id != new.id and new.spec.kind == "http"


def _nothing(change: ServiceChange) -> NoReturn:
    raise ValueError(f"{change.ref.key()}: there is no release here")
