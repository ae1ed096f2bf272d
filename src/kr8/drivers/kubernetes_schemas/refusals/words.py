"""Words that a field does not have (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals.refusal import Refusal, Way, general, quoted, text_of

PROTOCOLS = ("TCP", "UDP", "SCTP")
OF_PODS: Mapping[Way, tuple[str, ...]] = {
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
    "Job": {("spec", "completionMode"): ("NonIndexed", "Indexed")},
    "Ingress": {
        ("spec", "rules", "*", "http", "paths", "*", "pathType"): ("Exact", "Prefix", "ImplementationSpecific"),
    },
    "PodDisruptionBudget": {("spec", "unhealthyPodEvictionPolicy"): ("IfHealthyBudget", "AlwaysAllow")},
    "PersistentVolumeClaim": {
        ("spec", "accessModes", "*"): ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"),
        ("spec", "volumeMode"): ("Filesystem", "Block"),
    },
}


def of_pods(spec: Node) -> Iterator[Refusal]:
    """Words of a pod's specification that it does not know."""
    return _unknown(spec, OF_PODS)


def of_kind(node: Node, kind: str) -> Iterator[Refusal]:
    """Words of an object that its kind does not know."""
    return _unknown(node, OF_KINDS.get(kind, {}))


def _unknown(node: Node, allowed: Mapping[Way, tuple[str, ...]]) -> Iterator[Refusal]:
    for way, each in node.walk() if allowed else ():
        words, text = allowed.get(general(way)), text_of(each)
        if words is not None and text and text not in words:  # an empty one is the default
            yield way, f"{quoted(text)} is none of {', '.join(words)}"
