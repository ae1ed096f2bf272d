"""What kr8.toml says to `generate_kubernetes`."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from kr8.domain.model import Duration, Model, Name, Size

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_CPU = re.compile(r"(\d{1,6})(m?)|(\d{1,3}\.\d{1,3})")
_IMAGE = r"^[a-z0-9.-]+(?::\d{1,5})?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$"
_VERSION = re.compile(r"sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_SCHEDULE = (
    r"^(?:@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|[A-Za-z0-9*/,?-]+(?: [A-Za-z0-9*/,?-]+){4})$"
)


def parse_cpu(value: Any) -> Any:
    """Turn "250m", "2" or "0.5" into thousandths of a core; numbers are cores. Raises ValueError on other texts."""
    match = _CPU.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    if match is None:
        raise ValueError('a share of CPU is written like "250m", "0.5" or "2"')
    if match[2] == "m":
        return int(match[1])
    return round(float(match[0]) * 1000)


def format_cpu(value: int) -> str:
    """Write thousandths of a core in the form that parse_cpu reads, and Kubernetes too."""
    return f"{value}m" if value % 1000 else str(value // 1000)


def _is_a_version(text: str) -> str:
    if text == "latest":
        raise ValueError("latest names another image every day: give a tag that stays, or better a digest")
    if _VERSION.fullmatch(text) is None:
        raise ValueError("an image's version is a tag, or sha256: and 64 hexadecimal digits")
    return text


def _is_a_network(text: str) -> str:
    return str(ip_network(text))


def _is_the_projects(namespace: str) -> str:
    if namespace == "default" or namespace.startswith("kube-"):
        raise ValueError("default and kube-… are not a project's: give a namespace of its own")
    return namespace


Cpu = Annotated[
    int,
    BeforeValidator(parse_cpu),
    Field(ge=1, le=256_000),
    PlainSerializer(format_cpu, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^(\d+m?|\d+\.\d{1,3})$"}, {"type": "number"}]}),
]
"""A share of CPU, in thousandths of a core."""
Label = Annotated[str, StringConstraints(pattern=f"^{_LABEL}$")]
"""A name as DNS has it: a namespace, a Gateway, a storage class."""
LabelKey = Annotated[
    str, StringConstraints(pattern=rf"^(?:{_LABEL}(?:\.{_LABEL})*/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{{0,61}}[A-Za-z0-9])?$")
]
LabelValue = Annotated[str, StringConstraints(pattern=r"^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")]
Host = Annotated[str, StringConstraints(pattern=rf"^(?:\*\.)?{_LABEL}(?:\.{_LABEL})+$", max_length=253)]
Domain = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(?:\.{_LABEL})*$", max_length=150)]
Port = Annotated[int, Field(ge=1, le=65535)]
Network = Annotated[str, AfterValidator(_is_a_network)]
Metric = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$")]


class Peer(Model):
    """What a service may talk to, or be called by, outside the project: one of `network` and `namespace`."""

    network: Network | None = None
    """A network, as CIDR: "10.20.0.0/16"."""
    namespace: Label | None = None
    """A namespace of the cluster."""
    ports: tuple[Port, ...] = Field(default=(), max_length=20)
    """TCP ports; none: of the service itself where it is called, all where it calls."""

    @model_validator(mode="after")
    def _names_one(self) -> Peer:
        if (self.network is None) == (self.namespace is None):
            raise ValueError("give either network or namespace")
        return self


class Workload(Model):
    """The parameters of one service's manifests."""

    image: str | None = Field(default=None, pattern=_IMAGE, max_length=255)
    """The image without a version; otherwise registry/project/service."""
    version: Annotated[str, AfterValidator(_is_a_version)] | None = None
    """The image's tag or digest. Without one the manifests name an image that cannot exist: nothing starts unasked."""
    command: tuple[str, ...] = Field(default=(), max_length=200)
    """The command in the container; otherwise `run` of the service, with {port} for the port."""
    port: Port = 8080
    """The port that an http service listens on, on every address: it is told by PORT and HOST."""
    cpu_request: Cpu = Field(default=100, json_schema_extra={"default": "100m"})
    """What an instance is promised: instances are placed, and scaled, by it."""
    cpu_limit: Cpu = Field(default=1000, json_schema_extra={"default": "1"})
    """What an instance may use at most: it gets slow above that."""
    memory_request: Size = Field(default=128 << 20, ge=4 << 20, json_schema_extra={"default": "128M"})
    """What an instance is promised."""
    memory_limit: Size | None = Field(default=None, ge=4 << 20)
    """What an instance may use; it is ended above that. Otherwise what the service says, or 256M."""
    scratch: Size = Field(default=64 << 20, ge=1 << 20, json_schema_extra={"default": "64M"})
    """The size of /tmp: all that an instance may write to."""
    cpu_target: int = Field(default=70, ge=10, le=95)
    """The percentage of cpu_request that instances are kept at where their number may change."""
    public: bool | None = None
    """Whether the gateway sends it requests; otherwise so where no service of the project needs it."""
    hosts: tuple[Host, ...] = Field(default=(), max_length=16)
    """The host names that it answers; otherwise service.environment.project.base_domain."""
    callers: tuple[Peer, ...] = Field(default=(), max_length=50)
    """Who may call it, besides the gateway and the services that need it."""
    calls: tuple[Peer, ...] = Field(default=(), max_length=50)
    """What it may call, besides the services it needs: a database, an API."""
    schedule: str | None = Field(default=None, pattern=_SCHEDULE)
    """When a job runs, as cron has it. Without, it runs once for each deployment."""
    time_zone: str = Field(default="Etc/UTC", pattern=r"^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$")
    """The time zone of the schedule."""
    run_limit: Duration = Field(default=timedelta(hours=1), gt=timedelta())
    """How long a job may run."""
    requests_metric: Metric = "app_requests_total"
    """The counter of answered requests, with their status in the label `status`: the alert on errors reads it."""
    latency_metric: Metric = "app_request_seconds"
    """The histogram of the seconds that requests take: the alert on latency reads it."""


class KubernetesParameters(Model):
    """The parameters of the manifests; each is the same in every environment that does not override it."""

    version: str = Field(default="1.34", pattern=r"^1\.3\d$")
    """The cluster's version: manifests are written for it and validated against it."""
    form: Literal["kustomize", "plain"] = "kustomize"
    """A base with an overlay for each environment, or every object whole for each environment."""
    registry: str = Field(default="registry.internal", pattern=_IMAGE, max_length=180)
    """Where images come from: a host, with a path where there is one."""
    pull_secret: Label | None = None
    """The Secret that opens the registry, where it asks."""
    namespace: Annotated[Label, AfterValidator(_is_the_projects)] | None = None
    """The namespace of an environment; otherwise project-environment."""
    user: int = Field(default=10001, ge=1000, le=65535)
    """The number of the user that containers run as: any image must do that runs as any user."""
    gateway: Label = "public"
    """The Gateway that routes join; it is the cluster's, not the project's."""
    gateway_namespace: Label = "gateway-system"
    """The namespace of the Gateway, and of the proxies that requests come from."""
    monitoring_namespace: Label = "monitoring"
    """The namespace that metrics are read from."""
    monitoring_labels: dict[LabelKey, LabelValue] = Field(default_factory=dict[str, str], max_length=16)
    """Labels by which Prometheus chooses ServiceMonitors and PrometheusRules; a Helm chart's asks for `release`."""
    base_domain: Domain = "internal"
    """The domain that holds all host names: service.environment.project.base_domain, where a service names none."""
    services: dict[Name, Workload] = Field(default_factory=dict[str, Workload])
    """What is said of single services."""
