"""What the supervisor is told. Each type has an exact JSON form (`codec.encode`, `codec.decode`)."""

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["http", "worker", "job"]

_HEALTH = re.compile(r"/[A-Za-z0-9_.~!$&'()*+,;=:@%/?-]*")
_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){2}")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{1,64}")
_TASK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_PARTS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def _require(holds: object, field_name: str, what: str) -> None:
    if not holds:
        raise ValueError(f"{field_name}: {what}")


def _plain(values: tuple[str, ...], field_name: str) -> None:
    _require(not any("\0" in v for v in values), field_name, "must not hold a NUL character")


def _launches(argv: tuple[str, ...], given: tuple[str, ...]) -> None:
    _require(not given or "--" in argv[1:-1], "given", "is for a launcher, with a command behind its '--'")


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """When a job runs by itself: in each minute, in UTC, whose parts are all named here, in order. 0 is Sunday."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    def __post_init__(self) -> None:
        named = (self.minutes, self.hours, self.days, self.months, self.weekdays)
        for part, (first, last) in zip(named, _PARTS, strict=True):
            fits = part and list(part) == sorted(set(part)) and first <= part[0] and part[-1] <= last
            _require(fits, "schedule", f"must name numbers from {first} to {last}, in order")


@dataclass(frozen=True, slots=True)
class RunSpec:
    """How one instance is started and judged. `{port}` in `argv` and in the values of `env` becomes its port."""

    argv: tuple[str, ...]
    cwd: str
    kind: Kind = "http"
    env: dict[str, str] = field(default_factory=dict[str, str])
    health: str | None = None
    version: tuple[str, str] | None = None
    """A response header, and the value it must have in a health answer."""
    ready_limit_s: float = 30.0
    stop_grace_s: float = 10.0
    memory_limit_bytes: int | None = None
    schedule: ScheduleSpec | None = None
    """When it runs; only of a job. Without, a job runs once."""
    given: tuple[str, ...] = ()
    """Files it may not open: a launcher, which becomes what is behind its first `--`, is handed their descriptors."""

    def __post_init__(self) -> None:
        _require(self.argv and self.argv[0], "argv", "must name a program")
        _plain((*self.argv, self.cwd, *self.env, *self.env.values()), "argv")
        _require(self.cwd.startswith("/"), "cwd", "must be an absolute path")
        _launches(self.argv, self.given)
        _require(all(k and "=" not in k for k in self.env), "env", "a name must not be empty or hold '='")
        _require(
            self.health is None or _HEALTH.fullmatch(self.health),
            "health",
            "must be a plain URL path that starts with '/'",
        )
        _require(self.schedule is None or self.kind == "job", "schedule", "is of a job")
        _require(self.ready_limit_s > 0 and self.stop_grace_s >= 0, "ready_limit_s", "limits must be positive")


@dataclass(frozen=True, slots=True)
class ShareSpec:
    """One release's part of a service. `traffic` is percent of new requests: 0 warm, None follows instances."""

    release: str
    run: RunSpec
    instances: int
    traffic: int | None = None

    def __post_init__(self) -> None:
        _require(_RELEASE.fullmatch(self.release), "release", "must be 1 to 64 of A-Z a-z 0-9 _ . -")
        _require(0 <= self.instances <= 1000, "instances", "must be 0 to 1000")
        _require(self.traffic is None or 0 <= self.traffic <= 100, "traffic", "must be 0 to 100")


@dataclass(frozen=True, slots=True)
class PaceSpec:
    """How fast instances may be exchanged."""

    surge: int = 1
    unavailable: int = 0
    drain_limit_s: float = 30.0

    def __post_init__(self) -> None:
        _require(self.surge >= 0 and self.unavailable >= 0, "surge", "must not be negative")
        _require(self.surge + self.unavailable > 0, "surge", "surge and unavailable must not both be 0")


@dataclass(frozen=True, slots=True)
class ServiceDesired:
    """The whole truth of one service. No shares: the service is gone."""

    key: str
    shares: tuple[ShareSpec, ...]
    listen: str | None = None
    pace: PaceSpec = field(default_factory=PaceSpec)
    generation_of_restart: int = 0
    """A changed number makes every instance be replaced, at the service's pace."""

    def __post_init__(self) -> None:
        service_key(self.key)
        releases = [s.release for s in self.shares]
        _require(len(set(releases)) == len(releases), "shares", "a release must have one share")
        _require(sum(s.traffic or 0 for s in self.shares) <= 100, "shares", "traffic must not be above 100 in sum")
        if self.listen is not None:
            address(self.listen)

    @property
    def environment(self) -> str:
        return environment_of(self.key)


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A command that runs to its end, at most once for its id."""

    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str] = field(default_factory=dict[str, str])
    limit_s: float = 600.0
    directory: str | None = None
    """Watched against `disk_limit_bytes`."""
    disk_limit_bytes: int | None = None
    environment: str | None = None
    """Whom it is run for; it starts only while `epoch` is not below what that environment has seen."""
    epoch: int | None = None
    service: str | None = None
    """The key of the service whose data it has."""
    given: tuple[str, ...] = ()
    """Files it may not open: a launcher, which becomes what is behind its first `--`, is handed their descriptors."""

    def __post_init__(self) -> None:
        _require(self.argv and self.argv[0], "argv", "must name a program")
        _plain((*self.argv, self.cwd, *self.env, *self.env.values()), "argv")
        _require(self.cwd.startswith("/"), "cwd", "must be an absolute path")
        _launches(self.argv, self.given)
        _require(self.limit_s > 0, "limit_s", "must be positive")
        _require((self.environment is None) == (self.epoch is None), "epoch", "goes with an environment")
        if self.environment is not None:
            environment_key(self.environment)
        if self.service is not None:
            service_key(self.service)


@dataclass(frozen=True, slots=True)
class DaemonSpec:
    """The daemon to keep running: `pid` runs now, `argv` starts the next."""

    argv: tuple[str, ...]
    pid: int | None = None
    env: dict[str, str] = field(default_factory=dict[str, str])
    cwd: str = "/"

    def __post_init__(self) -> None:
        _require(self.argv and self.argv[0], "argv", "must name a program")
        _plain((*self.argv, self.cwd, *self.env, *self.env.values()), "argv")


@dataclass(frozen=True, slots=True)
class PutDesired:
    epoch: int
    desired: ServiceDesired


@dataclass(frozen=True, slots=True)
class PutPromoted:
    """What an environment has promoted: the baseline that `return` goes to."""

    epoch: int
    generation: int
    label: str
    services: dict[str, ServiceDesired]
    withdrawn: tuple[int, ...] = ()
    """Generations that a return must not bring back."""
    irreversible: bool = False
    """A command that cannot be undone ran for it."""


@dataclass(frozen=True, slots=True)
class PostEpoch:
    epoch: int


@dataclass(frozen=True, slots=True)
class PostReturn:
    to: Literal["current", "previous"]


@dataclass(frozen=True, slots=True)
class PostShutdown:
    services: Literal["keep", "stop"]


def service_key(text: str) -> str:
    """The key as given, if it is one."""
    _require(_KEY.fullmatch(text), "key", "must be <project>.<environment>.<service>, each of A-Z a-z 0-9 _ -")
    return text


def environment_key(text: str) -> str:
    """The key as given, if it is one."""
    _require(_ENVIRONMENT.fullmatch(text), "key", "must be <project>.<environment>, each of A-Z a-z 0-9 _ -")
    return text


def task_id(text: str) -> str:
    """The id as given, if it is one."""
    _require(_TASK.fullmatch(text), "id", "must be 1 to 128 of A-Z a-z 0-9 _ . -")
    return text


def environment_of(key: str) -> str:
    """The environment key that a service key belongs to."""
    return key.rpartition(".")[0]


def address(listen: str) -> tuple[str, int]:
    """Host and port of a listen text."""
    host, _, port = listen.rpartition(":")
    _require(host and port.isdecimal() and 0 < int(port) < 65536, "listen", "must be <address>:<port>")
    return host.strip("[]"), int(port)
