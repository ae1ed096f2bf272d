"""What checkov said, as findings."""

from __future__ import annotations

import json
from typing import Any

from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import CheckState
from kr8.drivers.checkov.parse import checked

WORLD_WRITABLE = "CKV_AWS_57"


def record(check: str, **more: Any) -> dict[str, Any]:
    name = "Ensure no security group is open."
    return {"id": check, "name": name, "file": "/copy/a.tf", "line": 3, "resource": "r", "comment": "", **more}


def said(*failed: dict[str, Any], skipped: tuple[dict[str, Any], ...] = (), unread: tuple[str, ...] = ()) -> bytes:
    return json.dumps({"failed": failed, "skipped": skipped, "unread": unread}).encode()


def test_a_failed_check_is_a_finding_once() -> None:
    found = checked(
        "checkov", said(record("CKV_AWS_24"), record("CKV_AWS_24"), record("CKV_AWS_144")), "/copy", ("a.tf", "b.tf")
    )
    assert found.state is CheckState.CHECKED
    assert [(each.rule, each.place, each.severity) for each in found.findings] == [
        ("checkov/CKV_AWS_24", "a.tf:3", Severity.HIGH),
        ("checkov/CKV_AWS_144", "a.tf:3", Severity.LOW),
    ]
    assert found.findings[0].what == "Ensure no security group is open."
    assert found.findings[0].why == "Not so for r."


def test_what_is_said_of_a_whole_file_has_no_line() -> None:
    (finding,) = checked("checkov", said(record("CKV2_GHA_1", line=0)), "/copy", ("a.tf",)).findings
    assert finding.place == "a.tf"


def test_a_suppression_needs_a_reason() -> None:
    skipped = (record("CKV_AWS_1", comment="audited"), record("CKV_AWS_2", comment="No comment provided"))
    finding, told = checked("checkov", said(skipped=skipped), "/copy", ("a.tf", "b.tf")).findings
    assert finding.rule == "checkov/suppressed-without-reason" and "CKV_AWS_2" in finding.what
    assert (told.rule, told.severity, told.why) == ("checkov/suppressed", Severity.INFO, "CKV_AWS_1 at a.tf:3: audited")


def test_no_comment_suppresses_what_is_critical() -> None:
    skipped = (record(WORLD_WRITABLE, comment="audited"),)
    (finding,) = checked("checkov", said(skipped=skipped), "/copy", ("a.tf",)).findings
    assert (finding.rule, finding.severity) == (f"checkov/{WORLD_WRITABLE}", Severity.CRITICAL)
    assert "no comment suppresses it" in finding.mend


def test_a_file_that_it_could_not_read_is_not_checked() -> None:
    found = checked("checkov", said(record("CKV_AWS_24"), unread=("/copy/b.tf",)), "/copy", ("a.tf", "b.tf"))
    assert found.state is CheckState.NOT_CHECKED and "b.tf" in found.why and len(found.findings) == 1
    assert checked("checkov", b'{"error": "KeyError: x"}', "/copy", ("a.tf", "b.tf")).state is CheckState.NOT_CHECKED


def test_what_kustomize_puts_together_gets_its_namespace_from_an_overlay() -> None:
    answer = said(record("CKV_K8S_21", file="/copy/base/web/a.yaml"), record("CKV_K8S_21", file="/copy/other/a.yaml"))
    found = checked("checkov", answer, "/copy", ("base/kustomization.yaml", "base/web/a.yaml", "other/a.yaml"))
    assert [each.place for each in found.findings] == ["other/a.yaml:3"]


def test_what_is_found_in_files_that_were_not_asked_about_is_left_out() -> None:
    other = {"file": "/copy/site.yml", "comment": ""}
    answer = said(
        record("CKV_A", **other), record("CKV_B"), skipped=(record("CKV_C", **other),), unread=("/copy/b.tf",)
    )
    found = checked("checkov", answer, "/copy", ("a.tf",))
    assert [each.rule for each in found.findings] == ["checkov/CKV_B"] and found.state is CheckState.CHECKED


def test_neither_the_folder_of_the_copy_nor_a_line_too_many_is_told() -> None:
    image = record("CKV_DOCKER_3", file="/copy/Containerfile", resource="/copy/Containerfile.", line=1)
    answer = said(image, record("CKV_K8S_16", file="/copy/pod.json", resource="Pod.a", line=2))
    found = checked("checkov", answer, "/copy", ("Containerfile", "pod.json")).findings
    assert [(each.why, each.place) for each in found] == [
        ("Not so for Containerfile.", "Containerfile:1"),
        ("Not so for Pod.a.", "pod.json:1"),
    ]


def test_a_patch_lacks_nothing_and_what_it_has_is_found() -> None:
    answer = said(record("CKV_K8S_8", file="/copy/patch.yaml"), record("CKV_K8S_16", file="/copy/patch.yaml"))
    found = checked("checkov", answer, "/copy", ("patch.yaml",), frozenset({"patch.yaml"}))
    assert [each.rule for each in found.findings] == ["checkov/CKV_K8S_16"]
