"""What environments serve."""

from __future__ import annotations

from typing import Protocol

from kr8.domain.deployment import Deployment, State
from kr8.domain.environment import EnvironmentRecord, Promotion


class Environments(Protocol):
    """Keeps what each environment serves, and its history."""

    async def get(self, project: str, environment: str) -> EnvironmentRecord:
        """What is known of an environment; an empty record where nothing is."""
        ...

    async def of(self, project: str) -> tuple[EnvironmentRecord, ...]:
        """Every environment of a project that is known."""
        ...

    async def save(self, record: EnvironmentRecord) -> None:
        """Replace scale, policy, lasting and frozen_by; generation and current are promote's alone."""
        ...

    async def promote(
        self, deployment: Deployment, expected: State, promotion: Promotion, withdraw: int | None
    ) -> bool:
        """Make a promotion current, in one transaction with the deployment that made it.

        The environment's generation must be promotion.generation - 1 and the deployment's state `expected`; False
        (and nothing changed) otherwise. `withdraw` is the generation that a rollback leaves. Policy, strategy and
        declaration become those of the deployment's plan. A second call for the same deployment and generation
        returns True.
        """
        ...

    async def learn(
        self, project: str, environment: str, found: tuple[Promotion, ...], withdrawn: frozenset[int]
    ) -> bool:
        """Keep promotions that were made unseen, above the environment's generation; the last is then current.

        `found` is in order. `withdrawn`: generations that are withdrawn, also of those known before. False (and nothing
        changed) where the environment has that generation by now. Policy, strategy and declaration stay as they were.
        """
        ...

    async def history(self, project: str, environment: str, limit: int = 50) -> tuple[Promotion, ...]:
        """Its promotions, newest first."""
        ...
