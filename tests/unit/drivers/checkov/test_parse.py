"""What checkov said, as findings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import CheckState, Part
from kr8.drivers.checkov.driver import parts_of
from kr8.drivers.checkov.parse import checked


def record(check: str, **more: Any) -> dict[str, Any]:
    name = "Ensure no security group is open."
    return {"id": check, "name": name, "file": "/copy/a.tf", "line": 3, "resource": "r", "comment": "", **more}


def said(*failed: dict[str, Any], skipped: tuple[dict[str, Any], ...] = (), unread: tuple[str, ...] = ()) -> bytes:
    return json.dumps({"failed": failed, "skipped": skipped, "unread": unread}).encode()


def test_a_failed_check_is_a_finding_once() -> None:
    found = checked("checkov", said(record("CKV_AWS_24"), record("CKV_AWS_24"), record("CKV_AWS_144")), "/copy")
    assert found.state is CheckState.CHECKED
    assert [(each.rule, each.place, each.severity) for each in found.findings] == [
        ("checkov/CKV_AWS_24", "a.tf:3", Severity.HIGH),
        ("checkov/CKV_AWS_144", "a.tf:3", Severity.LOW),
    ]
    assert found.findings[0].what == "Ensure no security group is open."
    assert found.findings[0].why == "Not so for r."


def test_a_suppression_needs_a_reason() -> None:
    skipped = (record("CKV_AWS_1", comment="audited"), record("CKV_AWS_2", comment="No comment provided"))
    (finding,) = checked("checkov", said(skipped=skipped), "/copy").findings
    assert finding.rule == "checkov/suppressed-without-reason" and "CKV_AWS_2" in finding.what


def test_a_file_that_it_could_not_read_is_not_checked() -> None:
    found = checked("checkov", said(record("CKV_AWS_24"), unread=("/copy/b.tf",)), "/copy")
    assert found.state is CheckState.NOT_CHECKED and "b.tf" in found.why and len(found.findings) == 1
    assert checked("checkov", b'{"error": "KeyError: x"}', "/copy").state is CheckState.NOT_CHECKED


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("infra/main.tf", {Part.TERRAFORM}),
        ("api/Dockerfile", {Part.IMAGE}),
        ("api/Dockerfile.dev", {Part.IMAGE}),
        ("api/Dockerfile.dockerignore", set()),
        (".github/workflows/ci.yml", {Part.PIPELINE}),
        ("infra/site.yaml", {Part.KUBERNETES, Part.ANSIBLE}),
        ("README.md", set()),
    ],
)
def test_the_name_of_a_file_says_what_it_may_be(path: str, parts: set[Part]) -> None:
    assert parts_of(path) == parts


def test_what_kustomize_puts_together_gets_its_namespace_from_an_overlay() -> None:
    answer = said(record("CKV_K8S_21", file="/copy/base/web/a.yaml"), record("CKV_K8S_21", file="/copy/other/a.yaml"))
    found = checked("checkov", answer, "/copy", ("base/kustomization.yaml", "base/web/a.yaml", "other/a.yaml"))
    assert [each.place for each in found.findings] == ["other/a.yaml:3"]


def test_what_only_begins_with_the_name_of_a_dockerfile_is_none() -> None:
    answer = said(record("CKV_DOCKER_2", file="/copy/Dockerfile.md"), record("CKV_DOCKER_2", file="/copy/Dockerfile"))
    assert [each.place for each in checked("checkov", answer, "/copy").findings] == ["Dockerfile:3"]
