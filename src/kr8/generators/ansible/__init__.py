"""`generate_ansible`: inventories, roles and playbooks that deploy a project to hosts over SSH.

On each host a version starts beside the one that serves, on the other of two ports, and HAProxy of that host is
reloaded to send traffic to it: one host is enough for a deployment without an interruption.
"""

from __future__ import annotations

from kr8.domain.infrastructure import overridden
from kr8.domain.project import Project
from kr8.domain.source import SourceFile
from kr8.generators.ansible.balancer_role import balancer_role
from kr8.generators.ansible.baseline_role import baseline_role
from kr8.generators.ansible.hosts import check_hosts
from kr8.generators.ansible.inventory import inventory
from kr8.generators.ansible.playbooks import playbooks
from kr8.generators.ansible.proxy_role import proxy_role
from kr8.generators.ansible.service_role import service_role
from kr8.generators.ansible.users import check_user


def generate(project: Project) -> tuple[SourceFile, ...]:
    """The files of every environment, sorted by path.

    Raises Refused where a value cannot be written, infrastructure_name_reserved, infrastructure_host_twice
    and infrastructure_port_taken.
    """
    files = [*playbooks(), *baseline_role(), *proxy_role(), *balancer_role(), *service_role()]
    for name, environment in project.environments.items():
        parameters = overridden(project.infrastructure.ansible, environment.infrastructure.ansible)
        check_user(project, parameters)
        check_hosts(name, parameters)
        files += inventory(project, name, environment, parameters)
    return tuple(sorted(files, key=lambda file: file.path))
