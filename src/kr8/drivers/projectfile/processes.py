"""What a kr8.toml asks for that no process can be given (pure).

Not a part of the models: what an older kr8 has kept must stay readable, also where it could never run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from kr8.domain.model import VARIABLE
from kr8.domain.project import Project, Service
from kr8.drivers.toml.mistakes import Mistake, mistake_at
from kr8.drivers.toml.positions import Path, Positions

Wrong = tuple[Path, str]
FORM = "starts with a letter or '_', and has letters, digits, '_', '-' and '.' in it"


def impossible(project: Project, positions: Positions) -> Iterator[Mistake]:
    """The commands, environment variables and limits that the system would refuse once they are used."""
    for path, what in _wrong(project):
        yield mistake_at(path, what, positions)


def _wrong(project: Project) -> Iterator[Wrong]:
    for name, service in project.services.items():
        yield from _service(service, ("services", name))
    for name, environment in project.environments.items():
        yield from _variables(environment.env, ("environments", name, "env"))


def _service(service: Service, at: Path) -> Iterator[Wrong]:
    yield from _command(service.run, (*at, "run"))
    yield from _variables(service.env, (*at, "env"))
    if service.build is not None and "\0" in service.build:
        yield (*at, "build"), "a command has no NUL in it"
    limits = {("health", "ready_limit"): service.health.ready_limit, ("build_limit",): service.build_limit}
    if service.before is not None:
        yield from _command(service.before.run, (*at, "before", "run"))
        limits["before", "limit"] = service.before.limit
    yield from ((at + key, "it must be longer than 0s") for key, limit in limits.items() if limit <= timedelta(0))


def _command(run: Iterable[str], at: Path) -> Iterator[Wrong]:
    for number, word in enumerate(run):
        if number == 0 and not word:
            yield (*at, number), "it must name a program"
        if "\0" in word:
            yield (*at, number), "a command has no NUL in it"


def _variables(env: Mapping[str, str], at: Path) -> Iterator[Wrong]:
    for name, value in env.items():
        if not name or "=" in name or "\0" in name:
            yield (*at, name), "the name of an environment variable is not empty, and has no '=' and no NUL in it"
        elif VARIABLE.fullmatch(name) is None:
            yield (*at, name), f"the name of an environment variable {FORM}"
        elif "\0" in value:
            yield (*at, name), "a value has no NUL in it"
