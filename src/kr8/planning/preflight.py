"""What stands in the way of a plan, seen from the plan and the target's abilities alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kr8.domain.finding import Finding, Severity
from kr8.domain.plan import ServicePlan
from kr8.domain.project import Canary, Rolling, Strategy
from kr8.domain.target import Abilities


def preflight(services: Iterable[ServicePlan], strategy: Strategy, abilities: Abilities) -> tuple[Finding, ...]:
    """Findings; a critical one refuses the plan."""
    found = list(_strategy(strategy, abilities))
    for service in services:
        found += [*_monitoring(service), *_address(service), *_port(service)]
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


def _monitoring(service: ServicePlan) -> Iterator[Finding]:
    release = service.release
    if release is not None and release.spec.kind == "http" and release.spec.monitoring is None:
        yield Finding(
            rule="monitoring_missing",
            severity=Severity.CRITICAL,
            what=f"The service {service.service} declares no monitoring.",
            why="What is deployed must be watched: without its measures nobody sees it fail.",
            mend=f'Add to kr8.toml: [services.{service.service}] monitoring = {{ metrics = "/metrics" }}',
            place=f"services.{service.service}.monitoring",
        )


def _address(service: ServicePlan) -> Iterator[Finding]:
    release = service.release
    if release is not None and release.spec.kind == "http" and release.listen is None:
        yield Finding(
            rule="address_missing",
            severity=Severity.CRITICAL,
            what=f"The environment {release.environment} gives {service.service} no address.",
            mend=f"Add to kr8.toml under [environments.{release.environment}]: "
            f'listen = {{ {service.service} = "127.0.0.1:8000" }}',
            place=f"environments.{release.environment}.listen",
        )


def _port(service: ServicePlan) -> Iterator[Finding]:
    release = service.release
    if release is None or release.spec.kind != "http":
        return
    told = any("{port}" in part for part in release.spec.run)
    if not told:
        yield Finding(
            rule="port_not_given",
            severity=Severity.MEDIUM,
            what=f"The command of {service.service} has no {{port}} in it.",
            why="Each instance gets a port of its own; it is also in the environment variable PORT.",
            mend="Put {port} where the command takes its port, or have the service read PORT.",
            place=f"services.{service.service}.run",
        )
