"""What a volume holds is backed up."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import workloads
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-volume-without-backup",
    part=Part.KUBERNETES,
    severity=Severity.LOW,
    title="What volumes hold is backed up.",
    why="A claim that is deleted takes its volume with it, by the default of most storage classes.",
    mend="Add a schedule of snapshots or backups (Velero, VolumeSnapshot, VolSync), or a CronJob that takes them.",
    link="https://kubernetes.io/docs/concepts/storage/volume-snapshots/",
)
_CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: orders}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""
_SCHEDULE = "apiVersion: velero.io/v1\nkind: Schedule\nmetadata: {name: nightly}\nspec: {schedule: 0 3 * * *}\n"
PASSES = {"orders.yaml": f"{_CLAIM}---\n{_SCHEDULE}"}
FAILS = {"orders.yaml": _CLAIM}
_WORDS = ("backup", "snapshot", "dump")
_KINDS = frozenset({"Schedule", "ReplicationSource", "RecurringJob"})
"""Of Velero and K8up, VolSync, Longhorn; what others have says so in its kind: VolumeSnapshot, ScheduledBackup."""


def check(code: Code) -> Iterator[Finding]:
    """Each claim, where nothing in the repository takes backups, and the claim has no annotation about them."""
    if any(_takes_backups(node) for node in code.yaml.manifests()):
        return
    for claim in _claims(code):
        noted = claim.at("metadata", "annotations")
        if noted is None or not any(_speaks_of_it(key) for key in noted.entries()):
            yield RULE.finding("Nothing here takes backups of what is in this volume.", claim.place)


def _claims(code: Code) -> Iterator[Node]:
    yield from (node for node in code.yaml.manifests() if node.text("kind") == "PersistentVolumeClaim")
    for workload in workloads(code.yaml):
        templates = workload.node.at("spec", "volumeClaimTemplates") if workload.kind == "StatefulSet" else None
        yield from templates.items() if templates is not None else ()


def _takes_backups(node: Node) -> bool:
    kind = node.text("kind")
    is_job = kind == "CronJob" and _speaks_of_it(node.text("metadata", "name"))
    return is_job or kind in _KINDS or _speaks_of_it(kind)


def _speaks_of_it(text: str) -> bool:
    return any(word in text.lower() for word in _WORDS)
