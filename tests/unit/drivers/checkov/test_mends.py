"""What to do about what checkov found, in a line."""

from __future__ import annotations

from typing import Any

import pytest

from kr8.drivers.checkov.mends import OR_WAIVE, mend_of


@pytest.mark.parametrize(
    ("told", "mend"),
    [
        ({"argument": "storage_encrypted", "wanted": [True]}, "Set storage_encrypted = true"),
        (
            {"argument": "metadata_options/[0]/http_tokens", "wanted": ["required"]},
            'Set metadata_options.http_tokens = "required"',
        ),
        ({"argument": "mode", "wanted": ["a", "b"]}, 'Set mode = "a" or "b"'),
        ({"argument": "kms_key_id", "wanted": ["CKV_ANY"]}, "Give kms_key_id"),
        ({"argument": "public", "unwanted": [True]}, "Set public = false"),
        ({"argument": "port", "unwanted": [22, 23]}, "Set port to something else than 22 or 23"),
        ({"argument": "acl", "unwanted": ["CKV_ANY"]}, "Remove acl"),
        ({"id": "CKV_K8S_16"}, "Set securityContext.privileged: false"),
        ({"id": "CKV_AWS_18", "resource": "aws_s3_bucket.a"}, "Add aws_s3_bucket_logging for the bucket"),
        ({"id": "CKV_AWS_18", "resource": "AWS::S3::Bucket.A"}, "Mend it"),
        ({}, "Mend it"),
    ],
)
def test_a_mend_is_what_the_check_compares_with_or_what_the_table_says(told: dict[str, Any], mend: str) -> None:
    assert mend_of({"id": "CKV_X_1", **told}) == f"{mend}{OR_WAIVE}"
