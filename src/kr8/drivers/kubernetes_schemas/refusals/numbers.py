"""Numbers and shares out of the range of a field (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals.refusal import Refusal, Way, general, number_of, quoted, text_of

Range = tuple[int, int | None]
"""The least and the most; None: there is no most."""
ANY: Range = (0, None)
SOME: Range = (1, None)
PORT: Range = (1, 65535)
MODE: Range = (0, 0o777)
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_TIMES = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_ASKED = (("httpGet", "port"), ("tcpSocket", "port"), ("grpc", "port"))
_FILES = ("configMap", "secret", "projected", "downwardAPI")
OF_PODS: Mapping[Way, Range] = {
    ("containers", "*", "ports", "*", "containerPort"): PORT,
    ("containers", "*", "ports", "*", "hostPort"): (0, 65535),
    **{("containers", "*", probe, name): ANY for probe in PROBES for name in _TIMES},
    **{("containers", "*", probe, *way): PORT for probe in PROBES for way in _ASKED},
    **{("containers", "*", "securityContext", name): ANY for name in ("runAsUser", "runAsGroup")},
    **{("securityContext", name): ANY for name in ("runAsUser", "runAsGroup", "fsGroup")},
    ("activeDeadlineSeconds",): SOME,
    ("topologySpreadConstraints", "*", "maxSkew"): SOME,
    **{("volumes", "*", kind, "defaultMode"): MODE for kind in _FILES},
    **{("volumes", "*", kind, "items", "*", "mode"): MODE for kind in _FILES},
}
"""In the specification of pods."""
_OF_JOBS = ("parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished")
OF_KINDS: Mapping[str, Mapping[Way, Range]] = {
    **{
        kind: {("spec", name): ANY for name in ("replicas", "minReadySeconds", "revisionHistoryLimit")}
        for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
    },
    "Job": {("spec", name): ANY for name in _OF_JOBS},
    "CronJob": {
        **{("spec", "jobTemplate", "spec", name): ANY for name in _OF_JOBS},
        ("spec", "startingDeadlineSeconds"): ANY,
        ("spec", "successfulJobsHistoryLimit"): ANY,
        ("spec", "failedJobsHistoryLimit"): ANY,
    },
    "Service": {
        ("spec", "ports", "*", "port"): PORT,
        ("spec", "ports", "*", "targetPort"): PORT,
        ("spec", "ports", "*", "nodePort"): (0, 65535),
    },
    "HorizontalPodAutoscaler": {("spec", "minReplicas"): ANY, ("spec", "maxReplicas"): SOME},
    "Ingress": {
        ("spec", "rules", "*", "http", "paths", "*", "backend", "service", "port", "number"): PORT,
        ("spec", "defaultBackend", "service", "port", "number"): PORT,
    },
    "NetworkPolicy": {
        ("spec", side, "*", "ports", "*", name): PORT for side in ("ingress", "egress") for name in ("port", "endPort")
    },
}
SHARES: Mapping[str, tuple[Way, ...]] = {
    "Deployment": (
        ("spec", "strategy", "rollingUpdate", "maxSurge"),
        ("spec", "strategy", "rollingUpdate", "maxUnavailable"),
    ),
    "DaemonSet": (
        ("spec", "updateStrategy", "rollingUpdate", "maxSurge"),
        ("spec", "updateStrategy", "rollingUpdate", "maxUnavailable"),
    ),
    "PodDisruptionBudget": (("spec", "minAvailable"), ("spec", "maxUnavailable")),
}
"""Numbers of pods, or percents of them."""
SURGE = "maxSurge"
"""It may be more than all there are."""
PERCENT = re.compile(r"(\d{1,9})%")
WHOLE = 100


def of_pods(spec: Node) -> Iterator[Refusal]:
    """Numbers of a pod's specification that are out of range."""
    return _beyond(spec, OF_PODS)


def of_kind(node: Node, kind: str) -> Iterator[Refusal]:
    """Numbers of an object that are out of range, and shares that are none."""
    yield from _beyond(node, OF_KINDS.get(kind, {}))
    for way in SHARES.get(kind, ()):
        share = node.at(*way)
        if share is not None and (why := _no_share(share, is_surge=way[-1] == SURGE)):
            yield way, why


def _beyond(node: Node, allowed: Mapping[Way, Range]) -> Iterator[Refusal]:
    for way, each in node.walk() if allowed else ():
        known, number = allowed.get(general(way)), number_of(each)
        if known is None or number is None:
            continue
        least, most = known
        if number < least:
            yield way, f"{number} is less than {least}"
        elif most is not None and number > most:
            yield way, f"{number} is more than {most}" + (" (octal 777)" if known is MODE else "")


def _no_share(node: Node, *, is_surge: bool) -> str:
    number, text = number_of(node), text_of(node)
    if number is not None:
        return f"{number} is less than 0" if number < 0 else ""
    if text is None:
        return ""
    percent = PERCENT.fullmatch(text)
    if percent is None:
        return f"{quoted(text)} is neither a number nor percents, such as 25%"
    return f"{text} is more than 100%" if int(percent[1]) > WHOLE and not is_surge else ""


def is_none(node: Node | None) -> bool:
    """Whether a share is of no pod at all."""
    return number_of(node) == 0 or text_of(node) in ("0%", "00%")
