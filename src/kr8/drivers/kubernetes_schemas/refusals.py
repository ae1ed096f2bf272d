"""What an API server refuses though the schemas take it: values, quantities, and parts that do not fit (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kr8.domain.manifests import POD_SPEC, is_filled_in
from kr8.domain.yaml_code import Node

Way = tuple[str | int, ...]
Refusal = tuple[Way, str]
"""Where in an object, and why."""

PROTOCOLS = ("TCP", "UDP", "SCTP")
OF_PODS: Mapping[Way, tuple[str, ...]] = {
    ("restartPolicy",): ("Always", "OnFailure", "Never"),
    ("dnsPolicy",): ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    ("preemptionPolicy",): ("PreemptLowerPriority", "Never"),
    ("tolerations", "*", "operator"): ("Exists", "Equal"),
    ("tolerations", "*", "effect"): ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    ("topologySpreadConstraints", "*", "whenUnsatisfiable"): ("DoNotSchedule", "ScheduleAnyway"),
    ("containers", "*", "imagePullPolicy"): ("Always", "IfNotPresent", "Never"),
    ("containers", "*", "terminationMessagePolicy"): ("File", "FallbackToLogsOnError"),
    ("containers", "*", "ports", "*", "protocol"): PROTOCOLS,
}
"""What may stand in the specification of pods; lists of containers are one here."""
OF_KINDS: Mapping[str, Mapping[Way, tuple[str, ...]]] = {
    "Service": {
        ("spec", "type"): ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
        ("spec", "sessionAffinity"): ("None", "ClientIP"),
        ("spec", "externalTrafficPolicy"): ("Cluster", "Local"),
        ("spec", "ports", "*", "protocol"): PROTOCOLS,
    },
    "Deployment": {("spec", "strategy", "type"): ("RollingUpdate", "Recreate")},
    "StatefulSet": {
        ("spec", "updateStrategy", "type"): ("RollingUpdate", "OnDelete"),
        ("spec", "podManagementPolicy"): ("OrderedReady", "Parallel"),
    },
    "DaemonSet": {("spec", "updateStrategy", "type"): ("RollingUpdate", "OnDelete")},
    "CronJob": {("spec", "concurrencyPolicy"): ("Allow", "Forbid", "Replace")},
    "NetworkPolicy": {("spec", "policyTypes", "*"): ("Ingress", "Egress")},
    "PersistentVolumeClaim": {
        ("spec", "accessModes", "*"): ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"),
        ("spec", "volumeMode"): ("Filesystem", "Block"),
    },
}
RESTARTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), ("Always",)),
    **dict.fromkeys(("Job", "CronJob"), ("OnFailure", "Never")),
}
"""How pods of a kind may be restarted."""
SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
CONTAINERS = frozenset({"containers", "initContainers", "ephemeralContainers"})
QUANTITY = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
AMOUNTS = frozenset({"limits", "requests"})


def refusals(node: Node) -> Iterator[Refusal]:
    """Each value of an object that an API server refuses; what something fills in later is left out."""
    kind = node.text("kind")
    yield from _words(node, (), OF_KINDS.get(kind, {}))
    if kind == "PersistentVolumeClaim":
        yield from _quantities(node, ())
    if kind in POD_SPEC:
        yield from _of_pods(node, kind, POD_SPEC[kind])
    if kind in SELECTING:
        yield from _selector(node)


def _of_pods(node: Node, kind: str, way: tuple[str, ...]) -> Iterator[Refusal]:
    whole, spec = node.at("spec"), node.at(*way)
    if whole is None or whole.value is None:
        yield ("spec",), "it has no specification: there is nothing to run"
    if spec is None:
        return
    restarts = RESTARTS.get(kind, OF_PODS["restartPolicy",])
    yield from _words(spec, way, {**OF_PODS, ("restartPolicy",): restarts})
    yield from _quantities(spec, way)


def _words(node: Node, before: Way, allowed: Mapping[Way, tuple[str, ...]]) -> Iterator[Refusal]:
    for way, each in node.walk() if allowed else ():
        words = allowed.get(_general(way))
        if (
            words is not None
            and isinstance(each.value, str)
            and each.value not in ("", *words)  # an empty one is the default
            and not is_filled_in(each.value)
        ):
            yield (*before, *way), f"{each.value[:100]!r} is none of {', '.join(words)}"


def _general(way: Way) -> Way:
    general = tuple("*" if isinstance(step, int) else step for step in way)
    return ("containers", *general[1:]) if general and general[0] in CONTAINERS else general


def _quantities(node: Node, before: Way) -> Iterator[Refusal]:
    for way, each in node.walk():
        is_amount = len(way) > 2 and way[-3] == "resources" and way[-2] in AMOUNTS
        if (
            is_amount
            and isinstance(each.value, str)
            and not QUANTITY.fullmatch(each.value)
            and not is_filled_in(each.value)
        ):
            yield (*before, *way), f"{each.value[:100]!r} is no quantity, such as 500m, 2, 64Mi"


def _selector(node: Node) -> Iterator[Refusal]:
    """A selector that does not choose the pods of its own template."""
    wanted, template = node.at("spec", "selector", "matchLabels"), node.at("spec", "template")
    labels = node.at("spec", "template", "metadata", "labels")
    has = {name: each.value for name, each in labels.entries().items()} if labels is not None else {}
    for name, value in wanted.entries().items() if wanted is not None and template is not None else ():
        if has.get(name) != value.value:
            yield ("spec", "selector", "matchLabels", name), "the pods of its own template have no such label"
