"""services.tf: what kr8.toml says of each service, as values that the modules are called with."""

from __future__ import annotations

from datetime import timedelta

from kr8.domain.project import Project
from kr8.domain.source import SourceFile
from kr8.generators.hcl import Attribute, Block, Expression, Gap, Item, Value
from kr8.generators.terraform.discovery import called_by, has_calls
from kr8.generators.terraform.environments import base_scale, base_sizes
from kr8.generators.terraform.layout import has_before, kinds_of, written

MAX_STOP_S = 120
"""What Fargate waits from SIGTERM to SIGKILL at most."""
_KINDS = {"http": "http", "worker": "workers", "job": "jobs"}


def services_file(project: Project, path: str) -> SourceFile:
    """The services: the same in every environment."""
    described = {name: _service(project, name) for name in project.services}
    sizes: dict[str, Value] = {
        name: {"cpu": size.cpu, "memory": size.memory} for name, size in base_sizes(project).items()
    }
    kinds = kinds_of(project)
    scale: tuple[Item, ...] = (Gap(), *_merged("scale", base_scale(project))) if kinds - {"job"} else ()
    body = (
        Attribute("services", described),
        Gap(),
        *_by_kind(kinds),
        *_called(project),
        *_before(project),
        Gap(),
        *_merged("sizes", sizes),
        *scale,
    )
    return written(path, [Block("locals", body=body)])


def _service(project: Project, name: str) -> Value:
    service = project.services[name]
    common: dict[str, Value] = {
        "kind": service.kind,
        "command": service.run,
        "environment": dict(sorted(service.env.items())),
        "secrets": sorted(service.secrets),
        "stop_seconds": min(MAX_STOP_S, max(1, _seconds(service.stop_limit))),
        **({"needs": called_by(project, name)} if has_calls(project) else {}),
        **({"before": service.before.run if service.before else ()} if has_before(project) else {}),
    }
    if service.kind != "http":
        return common
    return {
        **common,
        "health_path": service.health.path,
        "ready_seconds": _seconds(service.health.ready_limit),
        "errors_percent": round(100 * service.slo.errors, 6),
        "p99_seconds": service.slo.p99.total_seconds() if service.slo.p99 else None,
    }


def _by_kind(kinds: frozenset[str]) -> list[Attribute]:
    return [
        Attribute(
            local,
            Expression(f'{{ for name, service in local.services : name => service if service.kind == "{kind}" }}'),
        )
        for kind, local in _KINDS.items()
        if kind in kinds
    ]


def _called(project: Project) -> tuple[Attribute, ...]:
    """The services that other services call."""
    if not has_calls(project):
        return ()
    return (Attribute("called", Expression("toset(flatten([for service in values(local.services) : service.needs]))")),)


def _before(project: Project) -> tuple[Attribute, ...]:
    """The services with a command that must succeed before a new release starts."""
    if not has_before(project):
        return ()
    chosen = "{ for name, service in local.services : name => service if length(service.before) > 0 }"
    return (Attribute("before", Expression(chosen)),)


def _merged(name: str, declared: dict[str, Value]) -> tuple[Attribute, ...]:
    """What the project says, and over it what the environment says."""
    both = Expression(f"merge(local.declared_{name}, var.{name})")
    return (Attribute(f"declared_{name}", declared), Attribute(name, both))


def _seconds(duration: timedelta) -> int:
    return -int(-duration.total_seconds() // 1)
