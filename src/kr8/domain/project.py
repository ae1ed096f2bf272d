"""kr8.toml as a value: the project, its services, environments and accounts."""

from __future__ import annotations

from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from kr8.domain.infrastructure import Infrastructure
from kr8.domain.model import ADDRESS_PATTERN, FILES_PATTERN, Duration, Fraction, Model, Name, SecretName, Size, shared
from kr8.domain.path_pattern import ANY_DEPTH, MOST_DEPTHS
from kr8.domain.schedule import Schedule

ProjectId = Annotated[str, StringConstraints(pattern=r"^prj_[a-z0-9]{6,26}$")]


def _stays_inside(path: str) -> str:
    if path.startswith("/") or ".." in PurePosixPath(path).parts:
        where = normpath(path)
        side = "outside of" if f"{where}/".startswith(("/", "../")) else "inside"
        form = "a path here is relative to the project and has no '..' in it"
        raise ValueError(f"{path!r} leads to {where!r}, {side} the project: {form}")
    return path


def _names_something(pattern: str) -> str:
    if not any(part not in ("", ".") for part in pattern.split("/")):
        raise ValueError(f"{pattern!r} names no file and no folder")
    return pattern


def _is_soon_decided(pattern: str) -> str:
    if pattern.split("/").count(ANY_DEPTH) > MOST_DEPTHS:
        raise ValueError(f"{pattern!r} has ** in it more than {MOST_DEPTHS} times")
    return pattern


def _has_a_port(address: str) -> str:
    if not 0 < int(address.rpartition(":")[2]) < 1 << 16:
        raise ValueError("a port is between 1 and 65535")
    return address


Address = Annotated[str, StringConstraints(pattern=ADDRESS_PATTERN), AfterValidator(_has_a_port)]
RelativePath = Annotated[str, StringConstraints(pattern=r"^[^\x00\n]{1,512}$"), AfterValidator(_stays_inside)]
Argv = Annotated[tuple[str, ...], Field(min_length=1)]
GateName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class ProjectHead(Model):
    """Who the project is."""

    name: Name
    """The project's name."""
    id: ProjectId
    """The project's id: two clones with one id are one project."""
    description: str = ""
    """What the project is for, in free words."""


class Health(Model):
    """How kr8 sees that an instance of a service works."""

    path: str = Field(default="/", pattern=r"^/[^\s]*$")
    """The HTTP path that answers 2xx when the service can take traffic."""
    ready_limit: Duration = timedelta(seconds=30)
    """How long an instance may take to become ready."""
    version_header: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    """A response header in which the service names the version it runs (it is given as KR8_VERSION)."""


class Before(Model):
    """A command that must succeed before the first instance of a new release starts: a migration, say."""

    run: Argv
    """The command."""
    reversible: bool = False
    """Whether the release before it still works afterwards; if not, a rollback across it is refused."""
    limit: Duration = timedelta(minutes=10)
    """How long it may take."""


class Monitoring(Model):
    """Where the service shows its own measures."""

    metrics: str = Field(pattern=r"^/[^\s]*$")
    """The HTTP path of its Prometheus metrics."""


class Objectives(Model):
    """What the service promises; a deployment that breaks it goes back."""

    errors: Fraction = Field(default=0.01, ge=0, le=1)
    """The share of requests that may fail."""
    p99: Duration | None = None
    """The time within which 99 of 100 requests are answered."""


class Service(Model):
    """One thing in a project that runs."""

    kind: Literal["http", "worker", "job"] = "http"
    """http takes traffic, worker does not, job ends."""
    path: RelativePath = "."
    """The service's folder in the repository."""
    build: str | None = None
    """A shell command, run in the folder of the service, that makes the commit runnable."""
    build_limit: Duration = timedelta(minutes=10)
    """How long the build may take."""
    run: Argv
    """The command that runs it; {port} stands for the port that it must listen on at 127.0.0.1."""
    # Without one it is left out, so that releases from before there were schedules keep their ids.
    schedule: Schedule | None = Field(default=None, exclude_if=lambda value: value is None)
    """When a job runs, as cron has it, in UTC. Without, it runs once for each release."""
    before: Before | None = None
    """What must succeed before the first instance of a new release starts."""
    needs: tuple[Name, ...] = ()
    """The services that must be ready before this one."""
    health: Health = Health()
    """How kr8 sees that it works."""
    env: dict[str, str] = Field(default_factory=dict[str, str])
    """Environment variables, no secrets among them."""
    secrets: tuple[SecretName, ...] = ()
    """Names of the secrets it is given as environment variables."""
    monitoring: Monitoring | None = None
    """Where it shows its own measures. Without it a deployment is refused."""
    slo: Objectives = Objectives()
    """What it promises."""
    memory: Size | None = Field(default=None, ge=1 << 20)
    """The memory one instance may use."""
    instances: int = Field(default=1, ge=1, le=100)
    """How many instances run where the environment says nothing else."""
    stop_limit: Duration = timedelta(seconds=10)
    """How long it may take to end after SIGTERM."""

    @model_validator(mode="after")
    def _only_jobs_have_a_schedule(self) -> Service:
        if self.schedule is not None and self.kind != "job":
            raise ValueError('a schedule is of a job: make its kind "job", or take the schedule out')
        return self


class Rolling(Model):
    """Replace instances a few at a time."""

    kind: Literal["rolling"]
    surge: int = Field(default=1, ge=0, le=10)
    """How many instances may run above what is wanted."""
    unavailable: int = Field(default=0, ge=0, le=10)
    """How many instances may be missing of what is wanted."""
    bake: Duration = timedelta(seconds=5)
    """How long the new release is watched before it is promoted."""
    min_requests: int = Field(default=0, ge=0)
    """How many requests the new release must have answered to be judged; 0: health and version are enough."""
    inconclusive: Literal["hold", "back"] = "hold"
    """What too little traffic means: hold until a person decides, or go back."""
    gates: tuple[GateName, ...] = ()
    """More gates that judge a new release, by name: installed plugins, and built-in ones that do not judge here."""
    drain_limit: Duration = timedelta(seconds=30)
    """How long open requests and connections of an old instance may go on."""

    @model_validator(mode="after")
    def _moves(self) -> Rolling:
        if self.surge == 0 and self.unavailable == 0:
            raise ValueError("surge and unavailable are both 0: nothing could ever be replaced")
        return self


class BlueGreen(Model):
    """Start the new release beside the old one, then switch all traffic at once."""

    kind: Literal["blue-green"]
    bake: Duration = timedelta(seconds=30)
    """How long the new release is watched, the old one still warm, before it is promoted."""
    min_requests: int = Field(default=0, ge=0)
    """How many requests the new release must have answered to be judged; 0: health and version are enough."""
    inconclusive: Literal["hold", "back"] = "hold"
    """What too little traffic means: hold until a person decides, or go back."""
    gates: tuple[GateName, ...] = ()
    """More gates that judge a new release, by name: installed plugins, and built-in ones that do not judge here."""
    drain_limit: Duration = timedelta(seconds=30)
    """How long open requests and connections of the old release may go on."""


class Canary(Model):
    """Give the new release a growing share of the traffic, and judge each step."""

    kind: Literal["canary"]
    steps: tuple[Annotated[int, Field(ge=1, le=99)], ...] = (5, 25)
    """The percentages of new requests, step by step; 100 follows by itself."""
    hold: Duration = timedelta(minutes=2)
    """How long each step is watched."""
    min_requests: int = Field(default=500, ge=1)
    """How many requests a step must have seen to be judged."""
    inconclusive: Literal["hold", "back"] = "hold"
    """What too little traffic means: hold until a person decides, or go back."""
    gates: tuple[GateName, ...] = ()
    """More gates that judge a new release, by name: installed plugins, and built-in ones that do not judge here."""
    drain_limit: Duration = timedelta(seconds=30)
    """How long open requests and connections of the old release may go on."""

    @model_validator(mode="after")
    def _grows(self) -> Canary:
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError("steps must grow")
        return self


Strategy = Annotated[Rolling | BlueGreen | Canary, Field(discriminator="kind")]


class Approval(Model):
    """Who must say yes before a plan may run."""

    people: int = Field(default=1, ge=1, le=5)
    """How many people must approve."""
    self: bool = False
    """Whether who asked may approve: for people who work alone."""
    within: Duration = timedelta(hours=4)
    """How long a plan waits for its approval, and an approval for its run."""


class Scale(Model):
    """How many instances of a service an environment runs."""

    min: int = Field(default=1, ge=1, le=100)
    """At least: so many run, until somebody scales."""
    max: int = Field(default=10, ge=1, le=100)
    """At most: a scale to more is refused, and one to less than min."""
    rps: int | None = Field(default=None, ge=1)
    """The requests per second that one instance is sized for. Nothing scales by it yet: `kr8 check` says so."""

    @model_validator(mode="after")
    def _ordered(self) -> Scale:
        if self.max < self.min:
            raise ValueError("max is below min")
        return self


REACHED = frozenset({"local"})
"""The targets that kr8 deploys to itself; for the others it writes infrastructure code."""


class Environment(Model):
    """Where the project's services run, how they get there, and who decides."""

    target: Literal["local", "kubernetes", "ecs", "hosts"] = "local"
    """Where services run."""
    account: Name | None = None
    """The account it belongs to."""
    builds_from: Name | None = None
    """The environment whose promoted builds this one takes; it makes none of its own."""
    strategy: Strategy = Rolling(kind="rolling")
    """How traffic moves to a new release."""
    listen: dict[str, Address] = Field(default_factory=dict[str, str])
    """The address of each http service, on this machine."""
    env: dict[str, str] = Field(default_factory=dict[str, str])
    """Environment variables that differ here."""
    scale: dict[str, Scale] = Field(default_factory=dict[str, Scale])
    """How many instances each service runs."""
    approval: Approval | None = None
    """Who must approve. Without it, any caller may deploy here."""
    keep: int = Field(default=3, ge=2, le=50)
    """How many promoted releases stay ready for an instant rollback."""
    infrastructure: Infrastructure = shared(Infrastructure())
    """Where its infrastructure differs from the project's."""


class Account(Model):
    """An AWS account as kr8 reaches it."""

    id: str = Field(pattern=r"^\d{12}$")
    """The account's number."""
    role: str | None = None
    """The role to assume."""
    profile: str | None = None
    """The profile to start from."""
    region: str | None = None
    """The region."""


LeftOutPattern = Annotated[
    str,
    StringConstraints(pattern=FILES_PATTERN),
    AfterValidator(_stays_inside),
    AfterValidator(_names_something),
    AfterValidator(_is_soon_decided),
]


class Validation(Model):
    """How the project's infrastructure code is judged."""

    leave_out: tuple[LeftOutPattern, ...] = Field(default=(), max_length=50)
    """Files and folders that are not the project's to judge, by patterns with * and ?, and ** for any depth. What kr8
    deploys from is judged all the same, and secrets are looked for everywhere."""


class Project(Model):
    """The whole of a kr8.toml."""

    project: ProjectHead
    """Who the project is."""
    services: dict[Name, Service] = Field(min_length=1)
    """The things that run."""
    environments: dict[Name, Environment] = Field(min_length=1)
    """Where they run."""
    accounts: dict[Name, Account] = Field(default_factory=dict[str, Account])
    """AWS accounts."""
    infrastructure: Infrastructure = shared(Infrastructure())
    """What the infrastructure code is generated from, the same in every environment that does not override it."""
    validation: Validation = shared(Validation())
    """How the infrastructure code is judged."""

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Project:
        for name, service in self.services.items():
            for need in service.needs:
                if need not in self.services:
                    raise ValueError(f"services.{name}.needs: there is no service {need!r}")
        for name, environment in self.environments.items():
            self._check_environment(name, environment)
        self.order()
        return self

    def _check_environment(self, name: str, environment: Environment) -> None:
        source = environment.builds_from
        if source is not None and (source not in self.environments or source == name):
            raise ValueError(f"environments.{name}.builds_from: there is no other environment {source!r}")
        if environment.account is not None and environment.account not in self.accounts:
            raise ValueError(f"environments.{name}.account: there is no account {environment.account!r}")
        for table, keys in (("listen", environment.listen), ("scale", environment.scale)):
            for key in keys:
                if key not in self.services:
                    raise ValueError(f"environments.{name}.{table}.{key}: there is no service {key!r}")
        addresses = list(environment.listen.values())
        if len(addresses) != len(set(addresses)):
            raise ValueError(f"environments.{name}.listen: two services have one address")

    def order(self) -> tuple[str, ...]:
        """The services, each after what it needs. Raises ValueError where they need each other in a ring."""
        graph = {name: service.needs for name, service in sorted(self.services.items())}
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            ring = " → ".join(error.args[1])
            raise ValueError(f"services need each other in a ring: {ring}") from error
