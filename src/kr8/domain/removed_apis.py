"""Versions of Kubernetes' API that clusters have no more: https://kubernetes.io/docs/reference/using-api/deprecation-guide/"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Removed(NamedTuple):
    """What became of a kind in an old version."""

    since: str
    """The release of Kubernetes that has it no more."""
    newer: str
    """The version that took its place; "": nothing did."""
    is_same: bool = False
    """Whether the object needs nothing but the newer name."""


def _of(
    since: str, old: str, new: str, kinds: Iterable[str], same: Iterable[str] = ()
) -> dict[tuple[str, str], Removed]:
    changed = {(old, kind): Removed(since, new) for kind in kinds}
    return changed | {(old, kind): Removed(since, new, is_same=True) for kind in same}


_RBAC = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
_HOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_FLOW = ("FlowSchema", "PriorityLevelConfiguration")
_STORAGE = ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment")

REMOVED: Mapping[tuple[str, str], Removed] = {
    **_of("1.16", "extensions/v1beta1", "apps/v1", ("DaemonSet", "Deployment", "ReplicaSet")),
    **_of("1.16", "extensions/v1beta1", "networking.k8s.io/v1", ("NetworkPolicy",)),
    **_of("1.16", "extensions/v1beta1", "", ("PodSecurityPolicy",)),
    **_of("1.16", "apps/v1beta1", "apps/v1", ("Deployment", "ReplicaSet", "StatefulSet")),
    **_of("1.16", "apps/v1beta2", "apps/v1", ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")),
    **_of("1.22", "admissionregistration.k8s.io/v1beta1", "admissionregistration.k8s.io/v1", _HOOKS),
    **_of("1.22", "apiextensions.k8s.io/v1beta1", "apiextensions.k8s.io/v1", ("CustomResourceDefinition",)),
    **_of("1.22", "apiregistration.k8s.io/v1beta1", "apiregistration.k8s.io/v1", (), ("APIService",)),
    **_of("1.22", "certificates.k8s.io/v1beta1", "certificates.k8s.io/v1", ("CertificateSigningRequest",)),
    **_of("1.22", "coordination.k8s.io/v1beta1", "coordination.k8s.io/v1", (), ("Lease",)),
    **_of("1.22", "extensions/v1beta1", "networking.k8s.io/v1", ("Ingress",)),
    **_of("1.22", "networking.k8s.io/v1beta1", "networking.k8s.io/v1", ("Ingress",), ("IngressClass",)),
    **_of("1.22", "rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1", (), _RBAC),
    **_of("1.22", "scheduling.k8s.io/v1beta1", "scheduling.k8s.io/v1", (), ("PriorityClass",)),
    **_of("1.22", "storage.k8s.io/v1beta1", "storage.k8s.io/v1", (), _STORAGE),
    **_of("1.25", "batch/v1beta1", "batch/v1", (), ("CronJob",)),
    **_of("1.25", "discovery.k8s.io/v1beta1", "discovery.k8s.io/v1", ("EndpointSlice",)),
    **_of("1.25", "events.k8s.io/v1beta1", "events.k8s.io/v1", ("Event",)),
    **_of("1.25", "autoscaling/v2beta1", "autoscaling/v2", ("HorizontalPodAutoscaler",)),
    **_of("1.25", "policy/v1beta1", "policy/v1", (), ("PodDisruptionBudget",)),
    **_of("1.25", "policy/v1beta1", "", ("PodSecurityPolicy",)),
    **_of("1.25", "node.k8s.io/v1beta1", "node.k8s.io/v1", (), ("RuntimeClass",)),
    **_of("1.26", "autoscaling/v2beta2", "autoscaling/v2", (), ("HorizontalPodAutoscaler",)),
    **_of("1.26", "flowcontrol.apiserver.k8s.io/v1beta1", "flowcontrol.apiserver.k8s.io/v1", _FLOW),
    **_of("1.27", "storage.k8s.io/v1beta1", "storage.k8s.io/v1", (), ("CSIStorageCapacity",)),
    **_of("1.29", "flowcontrol.apiserver.k8s.io/v1beta2", "flowcontrol.apiserver.k8s.io/v1", _FLOW),
}
"""By apiVersion and kind; of releases that no cluster of today has."""
