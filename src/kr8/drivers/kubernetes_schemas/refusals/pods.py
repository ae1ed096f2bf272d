"""Parts of a pod that do not fit together (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals import names
from kr8.drivers.kubernetes_schemas.refusals.numbers import PROBES
from kr8.drivers.kubernetes_schemas.refusals.refusal import (
    CONTAINERS,
    Refusal,
    Way,
    has,
    listed,
    number_of,
    quoted,
    text_of,
)

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
ONCE = ("livenessProbe", "startupProbe")
"""Probes of which one success is enough."""


def of_spec(spec: Node, claims: Iterable[str] = ()) -> Iterator[Refusal]:
    """What is wrong between the parts of a pod; `claims`: volumes that it has besides its own."""
    yield from _containers(spec)
    volumes = list(listed(spec, "volumes"))
    yield from _volumes(volumes)
    known = {*claims, *(each.text("name") for _, each in volumes)}
    is_known = all(text_of(each.at("name")) is not None for _, each in volumes)
    for way, container in every(spec):
        yield from _mounts(way, container, known if is_known else None)
        yield from _ports(way, container, is_on_host=_is_true(spec.at("hostNetwork")))
        yield from _variables(way, container)
        yield from _probes(way, container)
        yield from _rights(way, container)
    yield from _tolerations(spec)


def every(spec: Node) -> Iterator[tuple[Way, Node]]:
    """Each container of a pod."""
    for kind in CONTAINERS:
        yield from listed(spec, kind)


def _containers(spec: Node) -> Iterator[Refusal]:
    if spec.at("containers") is not None and not any(listed(spec, "containers")):
        yield ("containers",), "it has no container"
    seen: set[str] = set()
    for way, each in every(spec):
        if not has(each.at("image")) or each.text("image") == "":
            yield (*way, "image"), "it has no image"
        yield from _once(way, each, seen, "container")


def _volumes(volumes: Iterable[tuple[Way, Node]]) -> Iterator[Refusal]:
    seen: set[str] = set()
    for way, each in volumes:
        yield from _once(way, each, seen, "volume")
        sources = [name for name, source in each.entries().items() if name != "name" and source.value is not None]
        if len(sources) > 1:
            yield way, f"it is of one kind, and not of {' and '.join(sources)}"
        for kind, field in (("configMap", "name"), ("secret", "secretName")):
            if isinstance(each.at(kind), Node) and kind in sources and not has(each.at(kind, field)):
                yield (*way, kind), f"it does not say which: {field}"


def _once(way: Way, node: Node, seen: set[str], what: str) -> Iterator[Refusal]:
    name = text_of(node.at("name"))
    if name is None:
        return
    if why := names.label(name):
        yield (*way, "name"), why
    if name in seen:
        yield (*way, "name"), f"another {what} has this name"
    seen.add(name)


def _mounts(way: Way, container: Node, volumes: set[str] | None) -> Iterator[Refusal]:
    paths: set[str] = set()
    for mount, each in listed(container, "volumeMounts"):
        name, path = text_of(each.at("name")), text_of(each.at("mountPath"))
        if volumes is not None and name is not None and name not in volumes:
            yield (*way, *mount, "name"), f"there is no volume {quoted(name)}"
        if path in paths:
            yield (*way, *mount, "mountPath"), "something else is mounted there"
        paths |= {path} if path is not None else set()
        inside = text_of(each.at("subPath")) or ""
        if inside.startswith("/") or ".." in inside.split("/"):
            yield (*way, *mount, "subPath"), "it leads out of the volume"


def _ports(way: Way, container: Node, *, is_on_host: bool) -> Iterator[Refusal]:
    seen: set[str] = set()
    for port, each in listed(container, "ports"):
        name = text_of(each.at("name"))
        if name and (why := names.port(name)):
            yield (*way, *port, "name"), why
        if name and name in seen:
            yield (*way, *port, "name"), "another port of this container has this name"
        seen |= {name} if name else set()
        here, there = number_of(each.at("containerPort")), number_of(each.at("hostPort"))
        if is_on_host and there and here != there:
            yield (*way, *port, "hostPort"), "with hostNetwork it is the container's port"


def _variables(way: Way, container: Node) -> Iterator[Refusal]:
    for variable, each in listed(container, "env"):
        name, taken = text_of(each.at("name")), each.at("valueFrom")
        if name is not None and (not name or "=" in name):
            yield (*way, *variable, "name"), f"{quoted(name)} is no name of a variable"
        if taken is None or taken.value is None:
            continue
        if each.text("value"):
            yield (*way, *variable, "valueFrom"), "it has a value already"
        if sum(1 for source in taken.entries().values() if source.value is not None) != 1:
            yield (*way, *variable, "valueFrom"), "it says one place to take the value from"


def _probes(way: Way, container: Node) -> Iterator[Refusal]:
    for name in PROBES:
        probe = container.at(name)
        if probe is None or probe.value is None:
            continue
        asked = [each for each in HANDLERS if (how := probe.at(each)) is not None and how.value is not None]
        if len(asked) != 1:
            yield (*way, name), f"it asks in one way: {', '.join(HANDLERS)}" + (f"; not {asked}" if asked else "")
        enough = number_of(probe.at("successThreshold"))
        if name in ONCE and enough is not None and enough > 1:
            yield (*way, name, "successThreshold"), "it is 1 in this probe"
        for handler in HANDLERS:
            port = text_of(probe.at(handler, "port"))
            if port is not None and (why := names.port(port)):
                yield (*way, name, handler, "port"), why


def _rights(way: Way, container: Node) -> Iterator[Refusal]:
    context = container.at("securityContext")
    allows = context.at("allowPrivilegeEscalation") if context is not None else None
    if context is None or allows is None or allows.value is not False:
        return
    added = {text_of(item) for _, item in listed(context, "capabilities", "add")}
    if _is_true(context.at("privileged")) or "CAP_SYS_ADMIN" in added:
        yield (
            (*way, "securityContext", "allowPrivilegeEscalation"),
            "who is privileged, or has CAP_SYS_ADMIN, may do so",
        )


def _tolerations(spec: Node) -> Iterator[Refusal]:
    for way, each in listed(spec, "tolerations"):
        exists = text_of(each.at("operator")) == "Exists"
        if exists and text_of(each.at("value")):
            yield (*way, "value"), "Exists takes no value"
        if not exists and (not has(each.at("key")) or text_of(each.at("key")) == ""):
            yield way, "without a key its operator is Exists"


def _is_true(node: Node | None) -> bool:
    return node is not None and node.value is True
