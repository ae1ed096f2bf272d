"""What kr8.toml alone shows to stand in the way of a deployment: told before one is tried, and when it is planned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from kr8.domain.finding import Finding, Severity
from kr8.domain.project import REACHED, Project, Service
from kr8.domain.tree import Presence, Tree

PORT = "{port}"
OF_A_SHELL = re.compile(r"\$\{?PORT\b")
"""How a command names its port to a shell that it runs; without one these are letters."""
SHELLS = frozenset({"sh", "ash", "bash", "dash", "ksh", "zsh"})


def declared(project: Project, files: tuple[str, ...]) -> Iterator[Finding]:
    """Of a whole file, and of what it names among the files of the checkout."""
    tree = Tree(files, unread=())
    for name, service in project.services.items():
        yield from of_service(name, service)
        if not _is_there(tree, service.path):
            yield _no_folder(name, service)
    takes_traffic = [name for name, service in project.services.items() if service.kind == "http"]
    for name, environment in project.environments.items():
        if environment.target in REACHED:
            yield from (address_missing(name, each) for each in takes_traffic if each not in environment.listen)
    for name, checks in project.infrastructure.pipeline.services.items():
        if checks.locks and not any("*" in lock or _is_there(tree, lock) for lock in checks.locks):
            yield _no_lock(name, checks.locks)


def _is_there(tree: Tree, path: str) -> bool:
    """Whether a checkout has a file or a folder; "." is the checkout itself."""
    plain = str(PurePosixPath(path))
    return plain == "." or tree.presence(plain) is Presence.HERE


def of_service(name: str, service: Service) -> Iterator[Finding]:
    """Of one that takes traffic: who watches it, and how it learns its port."""
    if service.kind != "http":
        return
    if service.monitoring is None:
        yield Finding(
            rule="monitoring_missing",
            severity=Severity.CRITICAL,
            what=f"The service {name} declares no monitoring.",
            why="What is deployed must be watched: without its measures nobody sees it fail.",
            mend=f'Add to kr8.toml: [services.{name}] monitoring = {{ metrics = "/metrics" }}',
            place=f"services.{name}.monitoring",
        )
    if not _names_its_port(service.run):
        yield Finding(
            rule="port_not_given",
            severity=Severity.MEDIUM,
            what=f"The command of {name} has no {{port}} in it.",
            why="Each instance gets a port of its own; it is also in the environment variable PORT.",
            mend="Put {port} where the command takes its port, or have the service read PORT.",
            place=f"services.{name}.run",
        )


def _names_its_port(run: tuple[str, ...]) -> bool:
    runs_shell = any(PurePosixPath(part).name in SHELLS for part in run)
    return any(PORT in part or (runs_shell and OF_A_SHELL.search(part)) for part in run)


def address_missing(environment: str, service: str) -> Finding:
    """Of one that takes traffic, where an environment of this machine does not say at which address."""
    return Finding(
        rule="address_missing",
        severity=Severity.CRITICAL,
        what=f"The environment {environment} gives {service} no address.",
        mend=f'Add to kr8.toml under [environments.{environment}]: listen = {{ {service} = "127.0.0.1:8000" }}',
        place=f"environments.{environment}.listen",
    )


def _no_folder(name: str, service: Service) -> Finding:
    return Finding(
        rule="folder_missing",
        severity=Severity.CRITICAL,
        what=f"The folder of {name} is not in the repository: {service.path}",
        why="It is built of that folder, as a commit has it; an empty one is in no commit.",
        mend="Correct the path in kr8.toml, or make the folder.",
        place=f"services.{name}.path",
    )


def _no_lock(name: str, locks: tuple[str, ...]) -> Finding:
    return Finding(
        rule="lock_missing",
        severity=Severity.LOW,
        what=f"The pipeline keeps what {name} downloads until {' or '.join(locks)} changes, and there is no such file.",
        why="Paths of locks are those of the whole repository. Perhaps lint and test are not this repository's either.",
        mend="Name the files that say what is downloaded, or take cache and locks out.",
        place=f"infrastructure.pipeline.services.{name}.locks",
    )
