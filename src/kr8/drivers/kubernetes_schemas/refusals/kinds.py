"""What does not fit together in objects that run nothing themselves, and in how others are replaced (pure)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network

from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals import names
from kr8.drivers.kubernetes_schemas.refusals.numbers import is_none
from kr8.drivers.kubernetes_schemas.refusals.refusal import (
    Refusal,
    Way,
    entries,
    has,
    listed,
    number_of,
    quoted,
    text_of,
)

KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
OF_TYPES: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
"""What secrets of a type have."""
OPEN = ("NodePort", "LoadBalancer")
METRICS = {
    "Resource": "resource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
    "ContainerResource": "containerResource",
}


def service(node: Node) -> Iterator[Refusal]:
    """A service whose ports are not told apart, or that has what its type does not."""
    ports, kind = list(listed(node, "spec", "ports")), text_of(node.at("spec", "type")) or "ClusterIP"
    if kind == "ExternalName" and not has(node.at("spec", "externalName")):
        yield ("spec", "externalName"), "a service of type ExternalName has one"
    if not ports and kind != "ExternalName" and node.text("spec", "clusterIP") != "None":
        yield ("spec", "ports"), "it has no port"
    is_inside = kind == "ClusterIP" and not has(node.at("spec", "externalIPs"))
    if is_inside and has(node.at("spec", "externalTrafficPolicy")):
        yield ("spec", "externalTrafficPolicy"), "nothing from outside reaches a service of type ClusterIP"
    seen: set[object] = set()
    for way, each in ports:
        name, target = text_of(each.at("name")), text_of(each.at("targetPort"))
        if len(ports) > 1 and (not has(each.at("name")) or name == ""):
            yield way, "each of several ports has a name"
        if name and (why := names.label(name)):
            yield (*way, "name"), why
        if target is not None and (why := names.port(target)):
            yield (*way, "targetPort"), why
        if kind == "ClusterIP" and number_of(each.at("nodePort")):
            yield (*way, "nodePort"), f"only a service of type {' or '.join(OPEN)} has one"
        number = number_of(each.at("port"))
        both = (text_of(each.at("protocol")) or "TCP", number)
        if name and name in seen:
            yield (*way, "name"), "another port of this service has this name"
        if number is not None and both in seen:
            yield (*way, "port"), "this service has this port already"
        seen |= {name, both}


def deployment(node: Node) -> Iterator[Refusal]:
    """A way of replacing pods that replaces none."""
    rolling = node.at("spec", "strategy", "rollingUpdate")
    if rolling is None or rolling.value is None:
        return
    way = ("spec", "strategy", "rollingUpdate")
    if node.text("spec", "strategy", "type") == "Recreate":
        yield way, "the type is Recreate"
    elif is_none(rolling.at("maxSurge")) and is_none(rolling.at("maxUnavailable")):
        yield (*way, "maxUnavailable"), "it is 0, and so is maxSurge: no pod could be replaced"


def autoscaler(node: Node) -> Iterator[Refusal]:
    """A least that is more than the most, and metrics that say not what they measure."""
    least, most = number_of(node.at("spec", "minReplicas")), number_of(node.at("spec", "maxReplicas"))
    if least is not None and most is not None and least > most >= 1:
        yield ("spec", "maxReplicas"), f"{most} is less than minReplicas, which is {least}"
    for way, each in listed(node, "spec", "metrics"):
        kind = text_of(each.at("type"))
        if kind is not None and kind not in METRICS:
            yield (*way, "type"), f"{quoted(kind)} is none of {', '.join(METRICS)}"
        elif kind is not None and not has(each.at(METRICS[kind])):
            yield way, f"the type is {kind}, and {METRICS[kind]} is missing"


def budget(node: Node) -> Iterator[Refusal]:
    """A budget that says both of two."""
    if has(node.at("spec", "minAvailable")) and has(node.at("spec", "maxUnavailable")):
        yield ("spec", "maxUnavailable"), "minAvailable is said too: it is one of the two"


def config_map(node: Node) -> Iterator[Refusal]:
    """Keys that are no names of files, or stand in both fields."""
    return _keys(node, "data", "binaryData", is_apart=True)


def secret(node: Node) -> Iterator[Refusal]:
    """The same of a secret; values that are not in base64, and what its type lacks."""
    yield from _keys(node, "data", "stringData", is_apart=False)
    for name, value in entries(node, "data").items():
        text = text_of(value)
        if text is not None and not text.startswith("ENC[") and not _is_base64(text):
            yield ("data", name), "it is not in base64: plain text stands below stringData"
    known = {*entries(node, "data"), *entries(node, "stringData")}
    for name in OF_TYPES.get(text_of(node.at("type")) or "", ()):
        if name not in known:
            yield ("type",), f"a secret of this type has {name}"


def _keys(node: Node, *fields: str, is_apart: bool) -> Iterator[Refusal]:
    seen: set[str] = set()
    for field in fields:
        for name in entries(node, field):
            if text_of(Node(name, "")) is not None and not KEY.fullmatch(name):
                yield (field, name), f"{quoted(name)} is no name of a file: letters, figures, - _ and ."
            if is_apart and name in seen:
                yield (field, name), f"it stands in {fields[0]} too"
            seen.add(name)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def claim(node: Node) -> Iterator[Refusal]:
    """A claim that says not how much, or for whom."""
    if not any(listed(node, "spec", "accessModes")):
        yield ("spec", "accessModes"), "it says no access mode, such as ReadWriteOnce"
    if not has(node.at("spec", "resources", "requests", "storage")):
        yield ("spec", "resources"), "it asks for no storage"


def ingress(node: Node) -> Iterator[Refusal]:
    """Rules that lead nowhere."""
    if not any(listed(node, "spec", "rules")) and not has(node.at("spec", "defaultBackend")):
        yield ("spec",), "it has neither rules nor a defaultBackend"
    for way, rule in listed(node, "spec", "rules"):
        host = text_of(rule.at("host"))
        if host and (why := names.host(host)):
            yield (*way, "host"), why
        for below, path in listed(rule, "http", "paths"):
            begins = text_of(path.at("path")) if has(path.at("path")) else ""
            is_whole = path.text("pathType") in ("Exact", "Prefix")
            if is_whole and begins is not None and not begins.startswith("/"):
                yield (*way, *below, "path"), f"{quoted(begins)} does not begin with /"
            port = path.at("backend", "service", "port")
            if port is not None and has(port.at("name")) == has(port.at("number")):
                yield (*way, *below, "backend", "service", "port"), "it is a name or a number"


def network_policy(node: Node) -> Iterator[Refusal]:
    """Peers that are nobody, and ranges that are none."""
    for side, peers in (("ingress", "from"), ("egress", "to")):
        for way, rule in listed(node, "spec", side):
            for below, peer in listed(rule, peers):
                yield from _peer((*way, *below), peer)
            for below, port in listed(rule, "ports"):
                first, last = number_of(port.at("port")), number_of(port.at("endPort"))
                if last is not None and (first is None or last < first):
                    yield (*way, *below, "endPort"), "it is no less than port, which is a number then"


def _peer(way: Way, peer: Node) -> Iterator[Refusal]:
    said = [name for name, each in peer.entries().items() if each.value is not None]
    if not said:
        yield way, "it says nobody: leave the list out for everybody"
    if "ipBlock" in said and len(said) > 1:
        yield (*way, "ipBlock"), "beside it there are no selectors: these are two peers"
    cidr = text_of(peer.at("ipBlock", "cidr"))
    if cidr is not None and not _is_network(cidr):
        yield (*way, "ipBlock", "cidr"), f"{quoted(cidr)} is no network, such as 10.0.0.0/8"


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


OF_KINDS: Mapping[str, Callable[[Node], Iterator[Refusal]]] = {
    "Service": service,
    "Deployment": deployment,
    "HorizontalPodAutoscaler": autoscaler,
    "PodDisruptionBudget": budget,
    "ConfigMap": config_map,
    "Secret": secret,
    "PersistentVolumeClaim": claim,
    "Ingress": ingress,
    "NetworkPolicy": network_policy,
}
"""What looks at the objects of each kind."""
