"""Which host is for what: HAProxy has one configuration on each."""

from __future__ import annotations

from kr8.domain.ansible import AnsibleParameters
from kr8.domain.problem import refuse


def check_hosts(environment: str, parameters: AnsibleParameters) -> None:
    """Raises Refused (infrastructure_host_twice) where a host is to run services and to balance over hosts."""
    if both := sorted({*parameters.hosts} & {*parameters.proxies}):
        raise refuse(
            "infrastructure_host_twice",
            f"In {environment}, {', '.join(both)} cannot both run services and balance over hosts.",
            why="Each host that runs services has an HAProxy of its own, which takes the ports of the balancer.",
            mend="Take it out of proxies or out of hosts under [infrastructure.ansible]. One host needs no balancer.",
            field=f"environments.{environment}.infrastructure.ansible.proxies",
        )
