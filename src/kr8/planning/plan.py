"""What a plan is made of, whichever kind of deployment it is for."""

from __future__ import annotations

from datetime import datetime

from kr8.domain.environment import EnvironmentRecord
from kr8.domain.finding import Finding
from kr8.domain.model import Model
from kr8.domain.order import Kind
from kr8.domain.plan import Plan, ServicePlan
from kr8.domain.policy import Policy, is_as_strict, policy_of, stricter
from kr8.domain.project import Environment, Project
from kr8.domain.target import Abilities
from kr8.planning.blast_radius import blast_radius
from kr8.planning.preflight import preflight


class PlanInput(Model):
    """All that decides what a plan says."""

    kind: Kind
    project: Project
    environment: str
    record: EnvironmentRecord
    services: tuple[ServicePlan, ...]
    abilities: Abilities
    findings: tuple[Finding, ...] = ()
    commit: str | None = None
    to_generation: int | None = None
    made_at: datetime
    requested_by: str

    @property
    def declared(self) -> Environment:
        """The environment as kr8.toml has it."""
        return self.project.environments[self.environment]

    def policy(self) -> Policy:
        """The protection that counts: the stricter of what stands and what the commit says."""
        return stricter(self.record.policy, policy_of(self.declared))

    def policy_then(self) -> Policy:
        """The protection that stands afterwards: a deploy that was approved under the old one may loosen it."""
        return policy_of(self.declared) if self.kind is Kind.DEPLOY else self.policy()

    def declared_then(self) -> Environment:
        """The environment as it counts afterwards: a change of what serves deploys nothing that kr8.toml says now."""
        return self.declared if self.kind is Kind.DEPLOY else self.record.declared or self.declared


def plan_of(given: PlanInput) -> Plan:
    """The plan; its findings are the ones given and those of preflight."""
    declared = given.declared
    new_releases = given.services if given.kind is Kind.DEPLOY else ()
    radius = blast_radius(given.kind, given.environment, given.services, declared.strategy)
    then = given.policy_then()
    if not is_as_strict(then, given.policy()):
        loosened = f"{radius.touches} Afterwards less must be approved here than now."
        radius = radius.model_copy(update={"touches": loosened})
    return Plan(
        project=given.project.project.id,
        environment=given.environment,
        kind=given.kind,
        account=declared.account,
        generation=given.record.generation,
        commit=given.commit,
        services=given.services,
        strategy=declared.strategy,
        policy=given.policy(),
        policy_then=then,
        declared=given.declared_then(),
        findings=(*given.findings, *preflight(new_releases, declared.strategy, given.abilities)),
        blast_radius=radius,
        to_generation=given.to_generation,
        made_at=given.made_at,
        requested_by=given.requested_by,
    )
