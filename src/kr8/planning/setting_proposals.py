"""What kr8.toml says of places, names, money and sizes, as parameters that a template could ask for (pure).

Only what it says itself is proposed: a default stands in no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from kr8.domain.kubernetes import KubernetesParameters, format_cpu
from kr8.domain.model import Model
from kr8.domain.project import Project
from kr8.domain.template import IntegerParameter, StringParameter
from kr8.domain.terraform import TerraformParameters
from kr8.planning.proposal import Found, Proposal, named, word

PROJECT_FILE = "kr8.toml"
SIZE = r"\d+[KMG]?"
CPU = r"\d+m?|\d+\.\d{1,3}"
REGION = r"[a-z]{2}(-[a-z]+)+-\d"
MADE_UP = {"domain": "service.example.com", "host": "host.example.com", "mail": "team@example.com"}
"""What a template is tried with that asks for something of which each project has its own."""
WORDS = {
    "region": "The AWS region.",
    "domain": "The domain under which it is reached.",
    "host": "A host, by its name or address.",
    "mail": "A mail address that is told of alarms and of the budget.",
    "registry": "Where images come from.",
    "monthly_usd": "What a month may cost, in US dollars.",
    "memory": "The memory that one instance may use.",
    "memory_request": "The memory that an instance is promised.",
    "memory_limit": "The memory that an instance may use.",
    "cpu_request": "The share of CPU that an instance is promised.",
    "cpu_limit": "The share of CPU that an instance may use.",
    "task_cpu": "The CPU units of an instance on Fargate.",
    "task_memory": "The memory of an instance on Fargate, in MiB.",
}
PATTERNS = {
    "region": REGION,
    "domain": r"[a-z0-9.-]+",
    "host": r"[A-Za-z0-9*.:-]+",
    "mail": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+",
    "registry": r"[a-z0-9.:/_-]+",
    **dict.fromkeys(("memory", "memory_request", "memory_limit"), SIZE),
    **dict.fromkeys(("cpu_request", "cpu_limit"), CPU),
}


class Setting(NamedTuple):
    """A value that kr8.toml gives."""

    kind: str
    text: str
    key: str = ""
    """The key whose value alone it is: a number or a size may stand anywhere. Empty: the text stands for itself."""
    environment: str | None = None
    service: str | None = None
    is_number: bool = False


def setting_proposals(project: Project) -> Iterator[Proposal]:
    """A proposal for each value of each kind. Several values of one kind are told apart by where they stand first."""
    for kind, group in groupby(sorted(_settings(project), key=lambda each: each.kind), key=lambda each: each.kind):
        first: dict[str, Setting] = {}
        for each in group:
            if each.key or _stands_for_itself(each.text):
                first.setdefault(each.text, each)
        for setting in first.values():
            yield _proposal(setting, _name(kind, setting, tuple(first.values())))


def _stands_for_itself(text: str) -> bool:
    """Whether it may be looked for anywhere: a host that is called `db` is a word of many other things."""
    return "." in text or ":" in text or re.fullmatch(REGION, text) is not None


def _name(kind: str, setting: Setting, all_of_kind: tuple[Setting, ...]) -> str:
    """The kind alone, or with environment and service; with a number where that is not enough."""
    if len(all_of_kind) == 1:
        return kind
    name = named(setting.environment, setting.service, kind)
    alike = [each for each in all_of_kind if named(each.environment, each.service, kind) == name]
    return name if len(alike) == 1 else named(name, str(alike.index(setting) + 1))


def _proposal(setting: Setting, name: str) -> Proposal:
    words, has_own = WORDS[setting.kind], setting.kind in MADE_UP
    if setting.is_number:
        number = int(setting.text)
        parameter = IntegerParameter(name=name, type="integer", description=words, default=number, minimum=1)
        return Proposal(parameter=parameter, text=setting.text, found=(_found(setting, name),))
    return Proposal(
        parameter=StringParameter(
            name=name,
            type="string",
            description=words,
            default=None if has_own else setting.text,
            pattern=PATTERNS.get(setting.kind),
        ),
        text=setting.text,
        found=(_found(setting, name),),
        example=MADE_UP.get(setting.kind),
    )


def _found(setting: Setting, name: str) -> Found:
    text = re.escape(setting.text)
    if not setting.key:
        return Found(pattern=word(setting.text), expression=name)
    before, after = (f"{setting.key} = ", r"(?![\w.])") if setting.is_number else (f'{setting.key} = "', '(?=")')
    return Found(pattern=rf"(?<=\b{before}){text}{after}", expression=name, path=PROJECT_FILE)


def _settings(project: Project) -> Iterator[Setting]:
    for name, service in project.services.items():
        if service.memory is not None:
            yield Setting("memory", size(service.memory), "memory", service=name)
    for account in project.accounts.values():
        if account.region is not None:
            yield Setting("region", account.region)
    tables = {None: project.infrastructure} | {
        name: environment.infrastructure for name, environment in project.environments.items()
    }
    for environment, table in tables.items():
        yield from _of_terraform(environment, table.terraform)
        yield from _of_kubernetes(environment, table.kubernetes)
        for host in (*table.ansible.hosts, *table.ansible.proxies):
            yield Setting("host", host, environment=environment)


def _of_terraform(environment: str | None, told: TerraformParameters) -> Iterator[Setting]:
    given = _given(told)
    for kind in ("region", "domain"):
        if kind in given:
            yield Setting(kind, given[kind], environment=environment)
    for address in told.notify:
        yield Setting("mail", address, environment=environment)
    if "monthly_usd" in given:
        yield Setting("monthly_usd", str(told.monthly_usd), "monthly_usd", environment, is_number=True)
    for service, one in told.sizes.items():
        for key, value in _given(one).items():
            yield Setting(f"task_{key}", str(value), key, environment, service, is_number=True)


def _of_kubernetes(environment: str | None, told: KubernetesParameters) -> Iterator[Setting]:
    given = _given(told)
    for key, kind in (("registry", "registry"), ("base_domain", "domain")):
        if key in given:
            yield Setting(kind, given[key], environment=environment)
    for service, workload in told.services.items():
        for host in workload.hosts:
            yield Setting("host", host, environment=environment, service=service)
        for key, value in _given(workload).items():
            if key.startswith("memory_"):
                yield Setting(key, size(value), key, environment, service)
            elif key in ("cpu_request", "cpu_limit"):
                yield Setting(key, format_cpu(value), key, environment, service)


def _given(told: Model) -> dict[str, Any]:
    """What was said of it, without the defaults."""
    said = {key: getattr(told, key) for key in type(told).model_fields if key in told.model_fields_set}
    return {key: value for key, value in said.items() if value is not None}


def size(number: int) -> str:
    """Bytes as kr8.toml has them most often: "256M"."""
    for unit, bytes_ in (("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)):
        if number % bytes_ == 0:
            return f"{number // bytes_}{unit}"
    return str(number)
