"""Which ports of a host are taken: each side of a service, each service at the proxy, and the proxy's measures."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.problem import refuse
from kr8.generators.ansible.haproxy import MEASURES_PORT


def check_ports(environment: str, sides: Iterable[int], proxy: Iterable[int]) -> None:
    """Raises Refused (infrastructure_port_taken) where one is to be had twice.

    `sides`: those of the services' two sides; `proxy`: those at which the proxy takes requests for them.
    """
    own = set(sides)
    twice = sorted({MEASURES_PORT} & (own | set(proxy)) | (own & set(proxy)))
    if twice:
        raise refuse(
            "infrastructure_port_taken",
            f"In {environment}, port {twice[0]} of a host would be had twice.",
            why=f"Each service has two from first_port on, its proxy has `ports`, and {MEASURES_PORT} for measures.",
            mend="Give another first_port, or other ports, under [infrastructure.ansible].",
            field=f"environments.{environment}.infrastructure.ansible.first_port",
        )
