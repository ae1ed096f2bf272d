"""The user of a host that services run as: it is called like the project, and must be nobody else."""

from __future__ import annotations

from kr8.domain.ansible import AnsibleParameters
from kr8.domain.problem import refuse
from kr8.domain.project import Project

TAKEN = frozenset(
    {
        "root",
        "daemon",
        "bin",
        "sys",
        "sync",
        "games",
        "man",
        "lp",
        "mail",
        "news",
        "uucp",
        "proxy",
        "www-data",
        "backup",
        "list",
        "irc",
        "nobody",
        "sshd",
        "messagebus",
        "polkitd",
        "haproxy",
        "postgres",
        "mysql",
        "redis",
        "nginx",
        "admin",
        "debian",
        "ubuntu",
        "systemd-network",
        "systemd-resolve",
        "systemd-timesync",
        "sudo",
        "adm",
    }
)
"""Users and groups of Debian and Ubuntu, and of what is often installed there (base-passwd, users-and-groups.txt)."""


def check_user(project: Project, parameters: AnsibleParameters) -> None:
    """Raises Refused (infrastructure_name_reserved) where the user is somebody else on a host already."""
    name = project.project.name
    if name in TAKEN or name == parameters.login:
        whose = "it is who Ansible logs in as" if name == parameters.login else "Debian has it for another purpose"
        raise refuse(
            "infrastructure_name_reserved",
            f"Services may not run as the user {name}.",
            why=f"On hosts they run as a user of the project's name, without a shell, and {whose}.",
            mend="Another name of the project, or another login under [infrastructure.ansible].",
            field="project.name",
        )
