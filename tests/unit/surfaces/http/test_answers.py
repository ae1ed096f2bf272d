"""Problems as HTTP statuses."""

from __future__ import annotations

import pytest

from kr8.domain.problem import refuse
from kr8.surfaces.http.answers import status_of


@pytest.mark.parametrize(
    ("code", "retryable", "status"),
    [
        ("unknown_argument", False, 400),
        ("missing_argument", False, 400),
        ("unknown_project", False, 404),
        ("no_project_file", False, 404),
        ("not_for_agents", False, 403),
        ("approval_required", False, 409),
        ("deployment_changed", False, 409),
        ("audit_unavailable", True, 503),
        ("engine_not_started", True, 503),
        ("something_new", False, 400),
        ("something_new", True, 503),
        ("internal_error", False, 500),
    ],
)
def test_a_code_has_a_status(code: str, retryable: bool, status: int) -> None:
    assert status_of(refuse(code, "x", retryable=retryable).problem) == status
