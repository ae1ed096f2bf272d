"""What stands in the way of a plan, seen from the plan and the target's abilities alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kr8.domain.finding import Finding, Severity
from kr8.domain.plan import ServicePlan
from kr8.domain.project import Canary, Rolling, Strategy
from kr8.domain.target import Abilities
from kr8.planning.declared import address_missing, of_service


def preflight(services: Iterable[ServicePlan], strategy: Strategy, abilities: Abilities) -> tuple[Finding, ...]:
    """Findings; a critical one refuses the plan."""
    found = list(_strategy(strategy, abilities))
    for each in services:
        if (release := each.release) is not None:
            found += of_service(each.service, release.spec)
            if release.spec.kind == "http" and release.listen is None:
                found.append(address_missing(release.environment, each.service))
    return tuple(found)


def _strategy(strategy: Strategy, abilities: Abilities) -> Iterator[Finding]:
    needs_percent = isinstance(strategy, Canary) and abilities.weights != "percent"
    needs_beside = not isinstance(strategy, Rolling) and not abilities.beside
    if needs_percent or needs_beside:
        yield Finding(
            rule="strategy_not_possible",
            severity=Severity.CRITICAL,
            what=f"The target cannot do a {strategy.kind} deployment.",
            mend="Choose another strategy for this environment in kr8.toml.",
            place="strategy",
        )
