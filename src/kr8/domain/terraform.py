"""What kr8.toml says to `generate_terraform`."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from kr8.domain.model import Model, Name, SecretName

LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""How long CloudWatch can keep logs."""
MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
"""CPU units to the MiB of memory that Fargate gives with them."""


def _network(text: str) -> str:
    try:
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise ValueError(f"an IPv4 range is like 10.0.0.0/16: {error}") from error
    if not 16 <= network.prefixlen <= 22:
        raise ValueError(f"the prefix is from /16 to /22, and this one is /{network.prefixlen}")
    return str(network)


def _log_days(days: int) -> int:
    if days not in LOG_DAYS:
        raise ValueError(f"CloudWatch keeps logs {', '.join(map(str, LOG_DAYS))} days, and nothing between")
    return days


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
Cidr = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1, le=65535)]
Domain = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(?:\.{_LABEL})+$", max_length=64)]
Email = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$", max_length=254)]
Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]{1,128}$")]
UrlPattern = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9_.$/~\"'@:+&*?-]*$", max_length=128)]
Schedule = Annotated[str, StringConstraints(pattern=r"^(?:rate|cron|at)\([A-Za-z0-9 ?*,/#:-]{1,200}\)$")]
Bucket = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")]
_ARN = r"^arn:aws[a-z-]*:{service}:[a-z0-9-]+:\d{{12}}:{resource}$"
SecretArn = Annotated[
    str, StringConstraints(pattern=_ARN.format(service="secretsmanager", resource=r"secret:[A-Za-z0-9/_+=.@:-]{1,512}"))
]
CertificateArn = Annotated[
    str, StringConstraints(pattern=_ARN.format(service="acm", resource=r"certificate/[A-Za-z0-9-]+"))
]


class TaskSize(Model):
    """What one instance of a service gets of Fargate."""

    cpu: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = 256
    """CPU units: 1024 are one virtual CPU."""
    memory: int = 512
    """Memory in MiB: what Fargate has for those CPU units."""

    @model_validator(mode="after")
    def _fits(self) -> TaskSize:
        sizes = MEMORY[self.cpu]
        if self.memory not in sizes:
            known = (
                ", ".join(map(str, sizes)) if len(sizes) < 9 else f"{sizes[0]} to {sizes[-1]} by {sizes[1] - sizes[0]}"
            )
            raise ValueError(f"with cpu = {self.cpu} Fargate has {known} MiB of memory")
        return self


def size_for(mebibytes: float) -> TaskSize:
    """The smallest size with so much memory, or the largest there is."""
    fitting = ((memory, cpu) for cpu, sizes in MEMORY.items() for memory in sizes if memory >= mebibytes)
    memory, cpu = min(fitting, default=(MEMORY[16384][-1], 16384))
    return TaskSize.model_validate({"cpu": cpu, "memory": memory})


_OWNER, _NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", r"[A-Za-z0-9._-]{1,100}"


class PipelineIdentity(Model):
    """Who the project's pipeline is in AWS: roles that it assumes by OpenID Connect, without a key."""

    repository: str = Field(pattern=rf"^(?:{_OWNER}/{_NAME}|{_OWNER}@\d{{1,20}}/{_NAME}@\d{{1,20}})$")
    """The repository on GitHub whose runs are let in, as they say it: OWNER@ID/NAME@ID.

    Without the numbers for a repository from before 15 July 2026, whose runs do not say them."""
    make_provider: bool = True
    """Whether GitHub's identity provider is made. An account has one: false where it is there already."""


class TerraformParameters(Model):
    """The parameters of the Terraform code; each is the same in every environment that does not override it."""

    region: str = Field(default="eu-central-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    """The AWS region."""
    owner: Tag | None = None
    """Who answers for it, as the tag `owner` says; without, the project's name."""
    cidr: Cidr = "10.0.0.0/16"
    """The addresses of the network, /16 to /22. Networks that shall ever be connected must not overlap."""
    zones: int = Field(default=2, ge=2, le=3)
    """In how many availability zones everything runs."""
    egress: Literal["nat-per-zone", "nat", "endpoints"] = "nat-per-zone"
    """How services reach the outside: a NAT gateway in each zone, one for all zones, or not at all but AWS's APIs."""
    interface_endpoints: bool = False
    """Whether AWS's APIs are reached within the network also where there is a NAT gateway."""
    outbound_ports: tuple[Port, ...] = Field(default=(443,), max_length=20)
    """The TCP ports that services may reach outside the network."""
    port: int = Field(default=8080, ge=1024, le=65535)
    """The port on which http services listen in their container: {port} in their command, PORT in their environment."""
    domain: Domain | None = None
    """The host name of the http services; if more than one has no `paths`, each of those is at SERVICE.domain."""
    zone_id: str | None = Field(default=None, pattern=r"^Z[A-Z0-9]{1,31}$")
    """The Route 53 zone of the domain: it gets the names, and proves the certificate."""
    certificate: CertificateArn | None = None
    """The ARN of a certificate in ACM; without, one is made for `domain` in `zone_id`."""
    paths: dict[Name, Annotated[tuple[UrlPattern, ...], Field(min_length=1, max_length=4)]] = Field(
        default_factory=dict[str, tuple[str, ...]]
    )
    """The paths that belong to an http service, such as ["/api/*"]: at most 4 a service."""
    firewall: bool = True
    """Whether a web application firewall with AWS's managed rules stands before the load balancer."""
    requests_per_address: int = Field(default=2000, ge=100, le=2_000_000_000)
    """How many requests one address may make in five minutes, where there is a firewall."""
    sizes: dict[Name, TaskSize] = Field(default_factory=dict[str, TaskSize])
    """The size of a service's instances; without, the smallest that has the service's `memory`."""
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    """The processor that images are built for."""
    spot: bool = False
    """Whether services run on spare capacity, which AWS takes back with two minutes' notice."""
    read_only: bool = True
    """Whether containers may write to /tmp only."""
    schedules: dict[Name, Schedule] = Field(default_factory=dict[str, str])
    """When a job runs, such as "cron(0 3 * * ? *)" or "rate(1 hour)"; without, only when somebody runs it."""
    timezone: str = Field(default="UTC", pattern=r"^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$", max_length=50)
    """The time zone of the schedules."""
    secrets: dict[SecretName, SecretArn] = Field(default_factory=dict[str, str])
    """The ARNs of secrets that are in Secrets Manager already; for the others a place is made, and no value."""
    keep_images: int = Field(default=100, ge=10, le=1000)
    """How many images of a service are kept."""
    log_days: Annotated[int, AfterValidator(_log_days)] = 365
    """How many days logs are kept."""
    cpu_target: int = Field(default=60, ge=10, le=90)
    """The CPU use, in percent, that the number of instances follows."""
    notify: tuple[Email, ...] = Field(default=(), max_length=20)
    """The mail addresses that are told of alarms and of the budget."""
    monthly_usd: int = Field(default=200, ge=1, le=10_000_000)
    """What a month may cost, in US dollars, before somebody is told."""
    deletion_protection: bool = True
    """Whether the load balancer and its logs are protected from deletion."""
    pipeline: PipelineIdentity | None = None
    """The roles of the project's pipeline, made in each account: one plans pull requests, one pushes images."""
    state_bucket: Bucket | None = None
    """The bucket of the Terraform state; without, a name of the project, its id and the environment."""

    @property
    def has_certificate(self) -> bool:
        """Whether HTTPS has a certificate: one that is there, or one that is made for the domain in its zone."""
        return self.certificate is not None or (self.domain is not None and self.zone_id is not None)
