"""Names and labels in a form that an API server does not take (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals.refusal import Refusal, Way, has, quoted, text_of

LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
SUBDOMAIN = re.compile(rf"{LABEL.pattern}(?:\.{LABEL.pattern})*")
PORT = re.compile(r"(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
LONGEST_LABEL = 63
LONGEST_SUBDOMAIN = 253
LONGEST_PORT = 15
OF_LABELS = frozenset({"Service", "Namespace"})
"""Kinds whose names are labels of DNS."""
LONGEST = {"CronJob": 52}
"""Kinds whose names are shorter, for something is added to them."""
NAMED = frozenset(
    {
        *("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Service", "Namespace"),
        *("ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "Ingress", "NetworkPolicy"),
        *("HorizontalPodAutoscaler", "PodDisruptionBudget", "PersistentVolume", "StorageClass"),
    }
)
"""Kinds whose names are domains, or labels, of DNS."""


def of_object(node: Node, kind: str) -> Iterator[Refusal]:
    """What is wrong with the name of an object, its namespace and labels."""
    if kind in NAMED:
        yield from _name(node, kind)
    namespace = text_of(node.at("metadata", "namespace"))
    if namespace and (why := label(namespace)):
        yield ("metadata", "namespace"), why
    for way, each in node.walk():
        if way[-2:] == ("metadata", "labels") or way[-1:] in (("matchLabels",), ("nodeSelector",)):
            yield from _labels(way, each)
    selector = node.at("spec", "selector") if kind == "Service" else None
    if selector is not None:
        yield from _labels(("spec", "selector"), selector)


def _name(node: Node, kind: str) -> Iterator[Refusal]:
    name = node.at("metadata", "name")
    if not has(name) and not has(node.at("metadata", "generateName")):
        yield ("metadata", "name"), "it has no name"
    text = text_of(name)
    if text is not None and (why := label(text) if kind in OF_LABELS else _subdomain(text, LONGEST.get(kind))):
        yield ("metadata", "name"), why


def _labels(way: Way, node: Node) -> Iterator[Refusal]:
    for key, each in node.entries().items():
        value = text_of(each)
        if not _is_key(key):
            yield (*way, key), f"{quoted(key)} is no name of a label, such as app.kubernetes.io/name"
        elif value is not None and (len(value) > LONGEST_LABEL or not VALUE.fullmatch(value)):
            form = f"letters, figures, - _ and . between them, at most {LONGEST_LABEL}"
            yield (*way, key), f"{quoted(value)} is no value of a label: {form}"


def _is_key(key: str) -> bool:
    if text_of(Node(key, "")) is None:
        return True
    prefix, slash, name = key.rpartition("/")
    is_name = 0 < len(name) <= LONGEST_LABEL and VALUE.fullmatch(name) is not None
    return is_name and (not slash or _subdomain(prefix) == "")


def label(text: str) -> str:
    """Why a text is no label of DNS; "": it is one."""
    if len(text) <= LONGEST_LABEL and LABEL.fullmatch(text):
        return ""
    return f"{quoted(text)} is no name here: small letters, figures and - between them, at most {LONGEST_LABEL}"


def _subdomain(text: str, longest: int | None = None) -> str:
    most = longest or LONGEST_SUBDOMAIN
    if len(text) <= most and SUBDOMAIN.fullmatch(text):
        return ""
    return f"{quoted(text)} is no name here: small letters, figures, - and . between them, at most {most}"


def host(text: str) -> str:
    """Why a text is no host of a rule; "": it is one."""
    return _subdomain(text.removeprefix("*."))


def port(text: str) -> str:
    """Why a text is no name of a port; "": it is one."""
    if len(text) <= LONGEST_PORT and PORT.fullmatch(text):
        return ""
    return f"{quoted(text)} is no name of a port: small letters, figures and - between them, at most {LONGEST_PORT}"
