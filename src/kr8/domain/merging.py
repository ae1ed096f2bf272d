"""Many tools' findings as one list: each once, the worst first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping

from kr8.domain.covering import Covering
from kr8.domain.finding import WORST_FIRST, Finding, Severity, split_place
from kr8.domain.infrastructure_check import Found
from kr8.domain.rule import OWN
from kr8.domain.waiver import Waiver

OWN_KEYS: Mapping[int, int] = {
    5: 247,  # OpenSearch
    29: 191,  # ElastiCache
    42: 184,  # EFS
    43: 185,  # Kinesis: a stream
    44: 347,  # Neptune: a cluster
    64: 142,  # Redshift
    74: 182,  # DocumentDB
    96: 327,  # Aurora
    235: 236,  # EC2: a copied image
    240: 241,  # Kinesis: a delivery stream
    253: 254,  # lifecycles of snapshots: events
    255: 256,  # and schedules
    279: 280,  # Neptune: a snapshot
}
"""checkov's checks of encryption at rest (CKV_AWS_N), each with that of encryption by a key of one's own.

That of EBS has a third one beside these, and a set of its own in `SAME`.
"""
NO_BLOCKS: Mapping[str, tuple[int, ...]] = {}

_USES = (*range(107, 112), *range(286, 291))
"""Checks of what rights without a bound can be used for, each of one use, of policies as documents and as JSON."""
SECRETS = frozenset(
    {
        *("secrets/secret-keyword", "secrets/base64-high-entropy-string", "secrets/hex-high-entropy-string"),
        *("kr8/kubernetes-plain-secret", "kr8/kubernetes-secret-written-out", "secrets/private-key"),
        *("secrets/basic-auth-credentials", "secrets/aws-access-key", "secrets/access-token"),
        *("secrets/github-token", "secrets/gitlab-token", "secrets/slack-token", "secrets/stripe-access-key"),
        *("secrets/credentials-of-a-request", "secrets/json-web-token"),
        *("checkov/CKV_AWS_41", "checkov/CKV_AWS_45", "checkov/CKV_AWS_46"),
    }
)
"""What a pattern and the words beside it both give away, and what checkov sees of it in a block."""
SAME: tuple[frozenset[str], ...] = (
    # What an image is made of: the line is the instruction's, for both.
    frozenset({"checkov/CKV_DOCKER_7", "hadolint/DL3006", "hadolint/DL3007", "kr8/image-unpinned"}),
    frozenset({"checkov/CKV_DOCKER_4", "hadolint/DL3020"}),
    frozenset({"checkov/CKV_DOCKER_8", "hadolint/DL3002"}),
    frozenset({"checkov/CKV_DOCKER_9", "hadolint/DL3027"}),
    frozenset({"checkov/CKV_DOCKER_10", "hadolint/DL3000"}),
    frozenset({"checkov/CKV_DOCKER_11", "hadolint/DL3024"}),
    frozenset({"checkov/CKV_DOCKER_6", "hadolint/DL4000"}),
    frozenset({"checkov/CKV2_DOCKER_1", "hadolint/DL3004"}),
    # What a stranger wrote becomes a command: the line is that of the step's `run`, for all.
    frozenset({"actionlint/untrusted-input", "zizmor/template-injection", "checkov/CKV_GHA_2"}),
    # What a workflow may do because it does not say: checkov's place is the file, zizmor's each job.
    frozenset({"checkov/CKV2_GHA_1", "zizmor/excessive-permissions"}),
    # What an object of Kubernetes lacks: the line is the object's first, for both.
    frozenset({"checkov/CKV_K8S_14", "kr8/kubernetes-image-unpinned"}),
    frozenset({"checkov/CKV_K8S_9", "kr8/kubernetes-no-probe"}),
    frozenset({*(f"checkov/CKV_K8S_{number}" for number in (10, 11, 12, 13)), "kr8/kubernetes-no-resources"}),
    frozenset({"checkov/CKV2_K8S_6", "kr8/kubernetes-no-network-policy"}),
    # What a block of Terraform says, or lacks: checkov's line is the block's first, kr8's one in it.
    frozenset({*(f"checkov/CKV_AWS_{number}" for number in (28, 133, 360, 361)), "kr8/data-without-backup"}),
    frozenset({"checkov/CKV_AWS_21", "kr8/s3-without-versioning"}),
    frozenset({"checkov/CKV_AWS_157", "kr8/terraform-single-instance"}),
    frozenset({"checkov/CKV_AWS_70", "kr8/s3-public-policy"}),
    frozenset({"checkov/CKV_AWS_60", "checkov/CKV_AWS_358", "kr8/iam-open-trust"}),
    frozenset({*(f"checkov/CKV_AWS_{number}" for number in (24, 25, 277)), "kr8/terraform-open-port"}),
    frozenset(
        {
            *(f"checkov/CKV_AWS_{number}" for number in (1, 49, 62, 63, 274)),
            *(f"checkov/CKV_AWS_{number}" for number in _USES),
            *("checkov/CKV2_AWS_40", "checkov/CKV2_AWS_56", "kr8/iam-administrator", "kr8/iam-wildcard"),
        }
    ),
    frozenset({"checkov/CKV_AWS_355", "checkov/CKV_AWS_356", "kr8/iam-every-resource"}),
    # Two of checkov's that look at the same attribute of the same resource.
    frozenset({"checkov/CKV_AWS_22", "checkov/CKV_AWS_187"}),
    frozenset({"checkov/CKV_AWS_3", "checkov/CKV2_AWS_2", "checkov/CKV_AWS_189"}),
    frozenset({"checkov/CKV_AWS_168", "checkov/CKV_AWS_387"}),
    frozenset({"checkov/CKV_TF_1", "checkov/CKV_TF_2", "kr8/terraform-unpinned-module"}),
    # What is not encrypted at all has no key of one's own either.
    *(frozenset({f"checkov/CKV_AWS_{rest}", f"checkov/CKV_AWS_{key}"}) for rest, key in OWN_KEYS.items()),
    SECRETS,
)
"""Rules of two checkers that mean the same; what comes of both at one place is one finding."""
OF_FILES = frozenset({"checkov/CKV2_GHA_1", "zizmor/excessive-permissions"})
"""Those of them of which one is said of a whole file."""
PARTS = frozenset(
    {
        *(f"checkov/CKV_AWS_{number}" for number in (24, 25, 277, *_USES)),
        *(f"checkov/CKV_K8S_{number}" for number in (10, 11, 12, 13)),
        *(f"checkov/CKV_AWS_{number}" for number in (189, *OWN_KEYS.values())),
    }
)
"""Rules that say a part each, such as one port, of what the rule of another checker says whole."""
_MEANING = {rule: number for number, rules in enumerate(SAME) for rule in rules}


def merged(findings: Iterable[Finding], blocks: Mapping[str, tuple[int, ...]] = NO_BLOCKS) -> tuple[Found, ...]:
    """Each finding once: of those that mean the same at the same place the worst stands, and names the others.

    `blocks`: the lines on which the blocks of a file begin; some tools say those, and some the line that is wrong.
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_key(finding, blocks), []).append(finding)
    alike = ((place, each) for (place, *_), group in groups.items() for each in _alike(group))
    return worst_first(found for place, group in alike for found in _once(place, group))


def worst_first(found: Iterable[Found]) -> tuple[Found, ...]:
    """In the order in which they are told."""
    return tuple(sorted(found, key=_order))


def _key(finding: Finding, blocks: Mapping[str, tuple[int, ...]]) -> tuple[object, ...]:
    meaning = _MEANING.get(finding.rule) if finding.place is not None else None
    # Without a table's word for it, only what says the very same is the same.
    if meaning is None:
        return (finding.place, finding.rule, finding.what, finding.why)
    if finding.rule in OF_FILES:
        return (split_place(finding.place)[0], meaning)
    return (_begin(finding.place, blocks), meaning)


def _begin(place: str | None, blocks: Mapping[str, tuple[int, ...]]) -> str | None:
    """Where the block begins that a place is in; the place itself where there is none."""
    path, line = split_place(place)
    starts = blocks.get(path, ())
    before = bisect_right(starts, line)
    return f"{path}:{starts[before - 1]}" if before else place


def _alike(group: list[Finding]) -> Iterator[list[Finding]]:
    """The findings that mean the same. Where nothing says the whole of it, each part is a thing of its own."""
    if any(each.rule not in PARTS for each in group):
        yield group
        return
    for rule in sorted({each.rule for each in group}):
        yield [each for each in group if each.rule == rule]


def _once(block: object, group: list[Finding]) -> Iterator[Found]:
    """One for each place in the block; what is said of the whole block is said of each of them."""
    whole = [each for each in group if each.place == block]
    inside: dict[str | None, list[Finding]] = {}
    for each in group:
        if each.place != block:
            inside.setdefault(each.place, []).append(each)
    yield from (_one([*each, *whole], place) for place, each in inside.items())
    if not inside:
        yield _one(whole, whole[0].place)


def _one(group: list[Finding], place: str | None) -> Found:
    """The worst at the place, of those kr8's own, whose words are made for it; and the rules of the others."""
    worst = min(group, key=_worst_first)
    stands = min(group, key=lambda each: (each.rule in PARTS, _worst_first(each), not _is_own(each), not each.mend))
    others = {each.rule for each in group} - {stands.rule}
    told = stands.model_copy(update={"place": place, "severity": worst.severity})
    return Found(finding=told, also=tuple(sorted(others)))


def _is_own(finding: Finding) -> bool:
    return finding.rule.startswith(OWN)


def _worst_first(finding: Finding) -> int:
    return WORST_FIRST.index(finding.severity)


def _order(found: Found) -> tuple[object, ...]:
    path, line = split_place(found.finding.place)
    return (_worst_first(found.finding), path, line, found.finding.rule, found.finding.what)


def _names(found: Found) -> tuple[str, ...]:
    """What a waiver may name it by. Who waived less than all of it, or than what is critical, did not mean it."""
    also = () if found.finding.severity is Severity.CRITICAL else found.also
    return (found.finding.rule, *(each for each in also if each not in PARTS))


def apart(found: Iterable[Found], waivers: Iterable[Waiver]) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
    """What stands, and what is waived, each with the reason. What is wrong with waivers cannot be waived."""
    covering = Covering(waivers)
    stands: list[Found] = []
    waived: list[Found] = []
    for each in found:
        finding = each.finding
        covered = covering.of(_names(each), finding.place)
        waiver = next((one for one in covered if one.bears(finding.severity)), None)
        if waiver is None or each.finding.rule.startswith("waivers/"):
            stands.append(each)
        else:
            waived.append(each.model_copy(update={"reason": waiver.said()}))
    return tuple(stands), tuple(waived)


def idle(waivers: Iterable[Waiver], found: Iterable[Found]) -> tuple[Waiver, ...]:
    """The waivers that cover nothing of what was found, waived or not, and no part of it."""
    known = tuple(waivers)
    covering = Covering(known)
    every = (((*_names(each), *PARTS.intersection(each.also)), each.finding.place) for each in found)
    busy = {one.line for each in every for one in covering.of(*each)}
    return tuple(one for one in known if one.line not in busy)
