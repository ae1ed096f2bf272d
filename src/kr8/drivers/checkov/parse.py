"""What checkov said, as findings (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, Gap, judged, not_checked
from kr8.domain.manifests import KUSTOMIZATIONS
from kr8.domain.suppressed import told_as_one
from kr8.domain.tree import folders_above
from kr8.drivers.checkov.mends import mend_of
from kr8.drivers.checkov.severities import severity_of

NOTHING: Mapping[str, int] = {}
FEWER = (
    "checkov left out objects of this file: it takes none of a file with tags of YAML, escapes in words or expressions "
    "of Helm, and none with a name that is no text or has a brace or # in it, or with metadata, labels or a selector "
    "of another form than it expects."
)
FAILED = (
    "checks of checkov failed at this file, for something in it has another form than they expect: what they look for "
    "may be in it."
)
NO_COMMENT = "It is critical: no comment suppresses it, and a waiver in .kr8/waivers.toml names who lives with it."
LINK = "https://www.checkov.io/2.Concepts/Suppressing%20and%20Skipping%20Policies.html"
NO_REASON = ("", "No comment provided")
IN_KUBERNETES = "_K8S_"
"""What the checks of Kubernetes have in their names."""
NAMESPACE = "CKV_K8S_21"
"""No namespace: in a folder that kustomize puts together an overlay gives it."""
WRITTEN = frozenset(f"CKV_K8S_{number}" for number in (16, 17, 18, 19, 25, 26, 27, 35, 39, 49, 155, 156, 157, 158))
"""What finds something that is written, and not that something is missing: a part of an object has it as well."""


def checked(
    name: str,
    answer: bytes,
    root: str,
    files: Iterable[str],
    patches: frozenset[str] = frozenset(),
    objects: Mapping[str, int] = NOTHING,
) -> Checked:
    """The result of an answer about these files of a folder: checkov looks at others of it too.

    `patches`: those that have a part of an object; `objects`: how many objects of Kubernetes a file has.
    """
    asked = frozenset(files)
    told: dict[str, Any] = json.loads(answer)
    if "error" in told:
        return not_checked(name, f"checkov gave up: {told['error'][:300]}.")
    kustomized = {path.rpartition("/")[0] for path in asked if path.rpartition("/")[2] in KUSTOMIZATIONS}
    failed = {
        _key(each): _finding(each, root)
        for each in told["failed"]
        if (path := _inside(each["file"], root)) in asked
        and (path not in patches or each["id"] in WRITTEN)
        and (each["id"] != NAMESPACE or kustomized.isdisjoint(folders_above(path)))
    }
    skipped = {_key(each): each for each in told["skipped"] if _inside(each["file"], root) in asked}
    findings = (*failed.values(), *_of_comments(skipped.values(), root))
    unread = [path for path in (_inside(each, root) for each in told["unread"]) if path in asked]
    seen = {_inside(path, root): count for path, count in told.get("objects", {}).items()}
    failed_at = [_inside(path, root) for path in told.get("stumbled", ())]
    fewer = [path for path, count in objects.items() if seen.get(path, 0) < count]
    gaps = [
        *(Gap(why="checkov could not read this file.", what=path, place=path, lasting=True) for path in unread),
        *(Gap(why=FEWER, what=path, place=path, lasting=True) for path in fewer),
        *(Gap(why=FAILED, what=path, place=path, lasting=True) for path in failed_at if path in asked),
    ]
    return judged(name, gaps, findings=findings)


def _key(each: dict[str, Any]) -> tuple[str, str, int, str]:
    return each["id"], each["file"], each["line"], each["resource"]


def _finding(each: dict[str, Any], root: str) -> Finding:
    return Finding(
        rule=f"checkov/{each['id']}",
        severity=severity_of(each["id"]),
        what=f"{each['name'].rstrip('.')}.",
        why=f"Not so for {_inside(each['resource'], root).rstrip('.')[:200]}.",
        mend=mend_of(each),
        place=_place(each, root),
        link=f"https://www.checkov.io/5.Policy%20Index/all.html?check={each['id']}",
    )


def _of_comments(skipped: Iterable[dict[str, Any]], root: str) -> Iterator[Finding]:
    """What comments suppress: what is critical stands all the same, and the others are told as one."""
    suppressed: list[str] = []
    for each in skipped:
        if severity_of(each["id"]) is Severity.CRITICAL:
            yield _finding(each, root).model_copy(update={"mend": f"{mend_of(each)} {NO_COMMENT}"})
        elif each["comment"] in NO_REASON:
            yield _unreasoned(each, root)
        else:
            suppressed.append(f"{each['id']} at {_place(each, root)}: {each['comment']}")
    if suppressed:
        yield told_as_one("checkov", suppressed, LINK)


def _unreasoned(each: dict[str, Any], root: str) -> Finding:
    return Finding(
        rule="checkov/suppressed-without-reason",
        severity=Severity.LOW,
        what=f"{each['id']} is suppressed in a comment, and nobody says why.",
        why="What is not looked at any more has a reason that the next reader needs.",
        mend=f"Write it: #checkov:skip={each['id']}:the reason",
        place=_place(each, root),
        link=LINK,
    )


def _place(each: dict[str, Any], root: str) -> str:
    path, line = _inside(each["file"], root), int(each["line"])
    if line == 0:
        return path  # it means the whole file
    # Of an object in JSON it says the line after the one on which it begins.
    return f"{path}:{line - 1 if path.endswith('.json') and IN_KUBERNETES in each['id'] else line}"


def _inside(path: str, root: str) -> str:
    """The path relative to the folder that was checked."""
    return path.removeprefix(root).lstrip("/")
