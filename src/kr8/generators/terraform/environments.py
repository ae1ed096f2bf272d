"""An environment as its root sees it: the value of each variable, from kr8.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kr8.domain.infrastructure import overridden
from kr8.domain.project import Account, Environment, Project, Scale
from kr8.domain.terraform import TaskSize, TerraformParameters, size_for
from kr8.generators.hcl import Value
from kr8.generators.terraform.schedules import schedules

MAX_DRAIN_S = 3600
"""What a target group can wait for open requests."""


def made_by_terraform(project: Project) -> tuple[str, ...]:
    """The environments on ECS; where none is, all of them: what it would take."""
    return tuple(name for name, each in project.environments.items() if each.target == "ecs") or tuple(
        project.environments
    )


@dataclass(frozen=True)
class Place:
    """One environment of a project; None: what holds where no environment says otherwise."""

    project: Project
    name: str | None = None

    @cached_property
    def declared(self) -> Environment:
        """Its table in kr8.toml."""
        return Environment() if self.name is None else self.project.environments[self.name]

    @cached_property
    def parameters(self) -> TerraformParameters:
        """What `generate_terraform` is told for it."""
        return overridden(self.project.infrastructure.terraform, self.declared.infrastructure.terraform)

    @cached_property
    def account(self) -> Account | None:
        """Its account, where it says one."""
        return self.project.accounts[self.declared.account] if self.declared.account else None

    @cached_property
    def region(self) -> str:
        """Where it is: the account's region, unless a parameter of its own says otherwise."""
        own = "region" in self.declared.infrastructure.terraform.model_fields_set
        return self.parameters.region if own or not self.account or not self.account.region else self.account.region

    @cached_property
    def builds(self) -> Place:
        """The environment that its builds are made in: of those that Terraform makes, for it has the registry."""
        place, seen, made = self, {self.name}, made_by_terraform(self.project)
        while (source := place.declared.builds_from) in made and source not in seen:
            seen.add(source)
            place = Place(self.project, source)
        return place

    @property
    def stem(self) -> str:
        """What the names of all that is made in it begin with."""
        return f"{self.project.project.name}-{self.name}"

    @property
    def registry(self) -> str:
        """The host of the registry of its account."""
        domain = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return f"{self.account.id if self.account else ''}.dkr.ecr.{self.region}.{domain}"

    @property
    def state_bucket(self) -> str:
        """The bucket of its state."""
        head = self.project.project
        return self.parameters.state_bucket or f"{head.name}-{head.id.removeprefix('prj_')}-{self.name}-tfstate"

    def variables(self) -> dict[str, Value]:
        """The value of each variable of the root that kr8.toml decides."""
        told = self.parameters
        return {
            "region": self.region,
            "account_id": self.account.id if self.account else None,
            "owner": told.owner or self.project.project.name,
            "registry": self._registry(),
            "reader_accounts": self._readers(),
            **{name: getattr(told, name) for name in _AS_TOLD},
            "schedules": schedules(self.project, told),
            "routes": routes(self),
            "environment_variables": dict(self.declared.env),
            "scale": {name: _scale(scale) for name, scale in sorted(self.declared.scale.items())},
            "sizes": {name: _size(told.sizes[name]) for name in sorted(self.declared.infrastructure.terraform.sizes)},
            "drain_seconds": min(MAX_DRAIN_S, int(self.declared.strategy.drain_limit.total_seconds())),
        }

    def _registry(self) -> Value:
        home = self.builds
        return {
            "environment": home.name or "",
            "account_id": home.account.id if home.account else None,
            "region": home.region,
        }

    def _readers(self) -> list[str]:
        others = (Place(self.project, name) for name in self.project.environments)
        accounts = {other.account.id for other in others if other.account and other.builds.name == self.name}
        return sorted(accounts - {self.account.id if self.account else ""})


_AS_TOLD = (
    "cidr",
    "zones",
    "egress",
    "interface_endpoints",
    "outbound_ports",
    "port",
    "domain",
    "zone_id",
    "certificate",
    "firewall",
    "requests_per_address",
    "architecture",
    "spot",
    "read_only",
    "timezone",
    "secrets",
    "keep_images",
    "log_days",
    "cpu_target",
    "notify",
    "monthly_usd",
    "deletion_protection",
)
"""Parameters that a root's variable of the same name is given as they are."""


def base_sizes(project: Project) -> dict[str, TaskSize]:
    """The size of each service where no environment says otherwise."""
    told = project.infrastructure.terraform.sizes
    return {
        name: told.get(name) or size_for((service.memory or 0) / (1 << 20))
        for name, service in project.services.items()
    }


def base_scale(project: Project) -> dict[str, Value]:
    """How many instances of each service run where no environment says otherwise."""
    return {
        name: {"min": service.instances, "max": service.instances, "rps": None}
        for name, service in project.services.items()
        if service.kind != "job"
    }


def routes(place: Place) -> dict[str, Value]:
    """Which requests belong to each http service: those with paths first, then the one that takes the rest."""
    told = place.parameters.paths
    http = [name for name, service in place.project.services.items() if service.kind == "http"]
    rest = [name for name in http if name not in told]
    ordered = [name for name in http if name in told] + rest
    return {
        name: {"priority": 100 * index, "subdomain": name in rest and len(rest) > 1, "paths": told.get(name, ())}
        for index, name in enumerate(ordered, 1)
    }


def _scale(scale: Scale) -> Value:
    return {"min": scale.min, "max": scale.max, "rps": scale.rps}


def _size(size: TaskSize) -> Value:
    return {"cpu": size.cpu, "memory": size.memory}
