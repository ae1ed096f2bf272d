"""Many tools' findings as one list: each once, the worst first."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Found
from kr8.domain.waiver import Waiver

WORST_FIRST = tuple(reversed(Severity))

SAME: tuple[frozenset[str], ...] = (
    # What an image is made of: the line is the instruction's, for both.
    frozenset({"checkov/CKV_DOCKER_7", "hadolint/DL3006", "hadolint/DL3007", "kr8/image-unpinned"}),
    frozenset({"checkov/CKV_DOCKER_4", "hadolint/DL3020"}),
    frozenset({"checkov/CKV_DOCKER_8", "hadolint/DL3002"}),
    frozenset({"checkov/CKV_DOCKER_9", "hadolint/DL3027"}),
    frozenset({"checkov/CKV_DOCKER_10", "hadolint/DL3000"}),
    frozenset({"checkov/CKV_DOCKER_11", "hadolint/DL3024"}),
    # What a stranger wrote becomes a command: the line is that of the step's `run`, for all.
    frozenset({"actionlint/untrusted-input", "zizmor/template-injection", "checkov/CKV_GHA_2"}),
    # What an object of Kubernetes lacks: the line is the object's first, for both.
    frozenset({"checkov/CKV_K8S_14", "kr8/kubernetes-image-unpinned"}),
    frozenset({"checkov/CKV_K8S_9", "kr8/kubernetes-no-probe"}),
    frozenset({*(f"checkov/CKV_K8S_{number}" for number in (10, 11, 12, 13)), "kr8/kubernetes-no-resources"}),
    frozenset({"checkov/CKV2_K8S_6", "kr8/kubernetes-no-network-policy"}),
    # What a block of Terraform lacks: the line is the block's first, for both.
    frozenset({"checkov/CKV_AWS_28", "checkov/CKV_AWS_133", "kr8/data-without-backup"}),
    frozenset({"checkov/CKV_TF_1", "checkov/CKV_TF_2", "kr8/terraform-unpinned-module"}),
    # What a pattern and the words beside it both give away.
    frozenset({"secrets/secret-keyword", "secrets/base64-high-entropy-string", "secrets/hex-high-entropy-string"}),
)
"""Rules of two checkers that mean the same; what comes of both at one place is one finding."""
_MEANING = {rule: number for number, rules in enumerate(SAME) for rule in rules}


def merged(findings: Iterable[Finding]) -> tuple[Found, ...]:
    """Each finding once: of those that mean the same at the same place the worst stands, and names the others."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_key(finding), []).append(finding)
    return tuple(sorted((_one(group) for group in groups.values()), key=_order))


def _key(finding: Finding) -> tuple[object, ...]:
    meaning = _MEANING.get(finding.rule) if finding.place is not None else None
    # Without a table's word for it, only what says the very same is the same.
    return (finding.place, meaning) if meaning is not None else (finding.place, finding.rule, finding.what, finding.why)


def _one(group: list[Finding]) -> Found:
    stands = min(group, key=lambda each: (WORST_FIRST.index(each.severity), not each.mend))
    others = {each.rule for each in group} - {stands.rule}
    return Found(finding=stands, also=tuple(sorted(others)))


def _order(found: Found) -> tuple[object, ...]:
    path, line = split_place(found.finding.place)
    return (WORST_FIRST.index(found.finding.severity), path, line, found.finding.rule, found.finding.what)


def split_place(place: str | None) -> tuple[str, int]:
    """Path and line of a place; 0: it names no line."""
    path, _, line = (place or "").rpartition(":")
    return (path, int(line)) if path and line.isdecimal() else (place or "", 0)


def apart(found: Iterable[Found], waivers: Iterable[Waiver]) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
    """What stands, and what is waived, each with the reason. What is wrong with waivers cannot be waived."""
    known = tuple(waivers)
    stands: list[Found] = []
    waived: list[Found] = []
    for each in found:
        rules = (each.finding.rule, *each.also)
        waiver = next((one for one in known if one.covers(rules, each.finding.place)), None)
        if waiver is None or each.finding.rule.startswith("waivers/"):
            stands.append(each)
        else:
            reason = f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
            waived.append(each.model_copy(update={"reason": reason}))
    return tuple(stands), tuple(waived)
