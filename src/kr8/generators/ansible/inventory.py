"""The inventory of an environment: its hosts, and what its services are there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from math import ceil

from kr8.domain.ansible import AnsibleParameters
from kr8.domain.project import Before, Environment, Project, Service
from kr8.domain.schedule import parse_schedule
from kr8.domain.source import SourceFile
from kr8.generators.ansible.layout import values
from kr8.generators.ansible.ports import check_ports
from kr8.generators.ansible.systemd import assignment, calendar, command
from kr8.generators.yaml import Because, Tagged, Value

FIRST_OTHER_PORT = 8080


def inventory(
    project: Project, name: str, environment: Environment, parameters: AnsibleParameters
) -> Iterable[SourceFile]:
    """The files of one environment's inventory."""
    yield values(f"inventories/{name}/hosts.yml", _hosts(parameters))
    yield values(f"inventories/{name}/group_vars/all.yml", _variables(project, name, environment, parameters))


def _hosts(parameters: AnsibleParameters) -> Value:
    return {
        "all": {
            "vars": {"ansible_user": parameters.login},
            "children": {
                "app": {"hosts": dict.fromkeys(parameters.hosts, None)},
                "proxy": {"hosts": dict.fromkeys(parameters.proxies, None)},
            },
        }
    }


def _variables(project: Project, name: str, environment: Environment, parameters: AnsibleParameters) -> Value:
    ports = _proxy_ports(project, parameters)
    # In the order of kr8.toml, so that one that is added at its end moves no other.
    first = {key: parameters.first_port + 2 * index for index, key in enumerate(project.services)}
    check_ports(name, (port + side for port in first.values() for side in (0, 1)), ports.values())
    return {
        "project_name": project.project.name,
        "environment_name": name,
        "deploy_serial": parameters.serial,
        "service_keep": parameters.keep,
        "proxy_drain_seconds": _whole(parameters.drain_limit),
        "proxy_certificate": parameters.certificate or "",
        "balancer_certificate_name": parameters.certificate_name or "",
        "services": Because(
            [_service(key, project.services[key], environment, first[key], ports.get(key)) for key in project.order()],
            "Texts of kr8.toml are !unsafe: Ansible takes them as they are, and evaluates nothing in them.",
        ),
    }


def _service(key: str, service: Service, environment: Environment, port: int, proxy_port: int | None) -> Value:
    sides = {"blue": port, "green": port + 1}
    env = {**service.env, **environment.env}
    described: dict[str, Value] = {"name": key, "kind": service.kind}
    if proxy_port is not None:
        described |= {"port": port, "proxy_port": proxy_port, "health_path": _text(service.health.path)}
        described["ready_seconds"] = _whole(service.health.ready_limit)
    described |= {
        "path": _text(service.path),
        "command": {side: _text(command(_with_port(service.run, at))) for side, at in sides.items()},
        "environment": {side: _environment({"PORT": str(at), **env}) for side, at in sides.items()},
        "secrets": list(service.secrets),
        "stop_seconds": _exact(service.stop_limit),
    }
    if service.schedule is not None:
        described["calendar"] = calendar(parse_schedule(service.schedule))
    if service.memory is not None:
        described["memory_bytes"] = service.memory
    if service.before is not None:
        described["before"] = _before(service.before, service.stop_limit, sides)
    return described


def _before(before: Before, stop_limit: timedelta, sides: dict[str, int]) -> Value:
    return {
        "command": {side: _text(command(_with_port(before.run, at))) for side, at in sides.items()},
        # For systemd 0 is no limit at all.
        "limit": f"{max(1, round(before.limit / timedelta(milliseconds=1)))}ms",
        # How long one may go on that a run which was cut off has begun.
        "wait_seconds": ceil((before.limit + stop_limit).total_seconds()) + 10,
        "reversible": before.reversible,
    }


def _whole(limit: timedelta) -> int:
    """Seconds, at least one: 0 is no limit for those who are told it."""
    return max(ceil(limit.total_seconds()), 1)


def _exact(limit: timedelta) -> int | float:
    """Seconds; systemd takes 0 for no limit at all."""
    seconds = max(limit.total_seconds(), 0.001)
    return int(seconds) if seconds.is_integer() else seconds


def _environment(values: dict[str, str]) -> Value:
    return [_text(assignment(name, value)) for name, value in sorted(values.items())]


def _with_port(argv: tuple[str, ...], port: int) -> tuple[str, ...]:
    return tuple(word.replace("{port}", str(port)) for word in argv)


def _text(text: str) -> Value:
    return Tagged("!unsafe", text)


def _proxy_ports(project: Project, parameters: AnsibleParameters) -> dict[str, int]:
    """The port of each http service at the proxy."""
    names = [name for name, service in project.services.items() if service.kind == "http"]
    first = 443 if parameters.certificate else 80
    defaults = {name: first if index == 0 else FIRST_OTHER_PORT + index - 1 for index, name in enumerate(names)}
    return {name: parameters.ports.get(name, defaults[name]) for name in names}
