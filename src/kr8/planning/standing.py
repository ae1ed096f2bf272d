"""What an environment must serve already, so that it can be changed as it stands (pure)."""

from __future__ import annotations

from kr8.domain.environment import EnvironmentRecord
from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse


def require_services(record: EnvironmentRecord, *services: str) -> None:
    """Refuse an environment that serves nothing (nothing_deployed), and services it does not run (unknown_service)."""
    if record.current is None or not record.serves():
        raise nothing_deployed(record.name)
    known = [release.name for release in record.current.releases]
    for service in services:
        if service not in known:
            raise refuse(
                "unknown_service",
                f"{record.name} runs no service {service!r}.",
                mend=nearest(service, known),
                field="service",
            )


def nothing_deployed(environment: str) -> Refused:
    """What to say of an environment that serves nothing."""
    return refuse(
        "nothing_deployed",
        f"Nothing is deployed in {environment}.",
        mend=f"Deploy first: kr8 deploy {environment}",
        field="environment",
    )
