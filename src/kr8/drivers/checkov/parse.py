"""What checkov said, as findings (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from kr8.domain.dockerfile import is_dockerfile
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, not_checked
from kr8.domain.shortened import named
from kr8.drivers.checkov.mends import mend_of
from kr8.drivers.checkov.severities import severity_of

NO_REASON = ("", "No comment provided")


NAMESPACE = "CKV_K8S_21"
"""No namespace: in a folder that kustomize puts together an overlay gives it."""
IMAGES = "_DOCKER_"
"""What the checks of images have in their names."""
KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


def checked(name: str, answer: bytes, root: str, files: Iterable[str] = ()) -> Checked:
    """The result of an answer about a folder that has these files."""
    told: dict[str, Any] = json.loads(answer)
    if "error" in told:
        return not_checked(name, f"checkov gave up: {told['error'][:300]}.")
    kustomized = {path.rpartition("/")[0] for path in files if path.rpartition("/")[2] in KUSTOMIZATIONS}
    failed = {
        _key(each): _finding(each, root)
        for each in told["failed"]
        if _holds(str(each["id"]), _inside(each["file"], root), kustomized)
    }
    unreasoned = {_key(each): _suppressed(each, root) for each in told["skipped"] if each["comment"] in NO_REASON}
    findings = (*failed.values(), *unreasoned.values())
    if told["unread"]:
        why = f"checkov could not read {named([_inside(path, root) for path in told['unread']])}."
        return not_checked(name, why, *findings, lasting=True)
    return Checked(checker=name, state=CheckState.CHECKED, findings=findings)


def _holds(check: str, path: str, kustomized: set[str]) -> bool:
    """Whether a check is for such a file: checkov takes whatever begins with Dockerfile for one."""
    if IMAGES in check and not is_dockerfile(path):
        return False
    return check != NAMESPACE or not _is_below(path, kustomized)


def _is_below(path: str, folders: set[str]) -> bool:
    return any(path.startswith(f"{folder}/" if folder else "") for folder in folders)


def _key(each: dict[str, Any]) -> tuple[str, str, int, str]:
    return each["id"], each["file"], each["line"], each["resource"]


def _finding(each: dict[str, Any], root: str) -> Finding:
    return Finding(
        rule=f"checkov/{each['id']}",
        severity=severity_of(each["id"]),
        what=f"{each['name'].rstrip('.')}.",
        why=f"Not so for {each['resource'][:200]}.",
        mend=mend_of(each),
        place=f"{_inside(each['file'], root)}:{each['line']}",
        link=f"https://www.checkov.io/5.Policy%20Index/all.html?check={each['id']}",
    )


def _suppressed(each: dict[str, Any], root: str) -> Finding:
    return Finding(
        rule="checkov/suppressed-without-reason",
        severity=Severity.LOW,
        what=f"{each['id']} is suppressed in a comment, and nobody says why.",
        why="What is not looked at any more has a reason that the next reader needs.",
        mend=f"Write it: #checkov:skip={each['id']}:the reason",
        place=f"{_inside(each['file'], root)}:{each['line']}",
        link="https://www.checkov.io/2.Concepts/Suppressing%20and%20Skipping%20Policies.html",
    )


def _inside(path: str, root: str) -> str:
    """The path relative to the folder that was checked."""
    return path.removeprefix(root).lstrip("/")
