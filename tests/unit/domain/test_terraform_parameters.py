"""What kr8.toml may say to `generate_terraform`."""

from typing import Any

import pytest
from pydantic import ValidationError

from kr8.domain.terraform import MEMORY, TaskSize, TerraformParameters, size_for


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("region", "europe", "pattern"),
        ("cidr", "10.0.0.0/8", "/16 to /22"),
        ("cidr", "10.0.0.1/16", "host bits"),
        ("cidr", "fd00::/16", "IPv4"),
        ("zones", 1, "greater than or equal to 2"),
        ("zones", 4, "less than or equal to 3"),
        ("egress", "proxy", "nat-per-zone"),
        ("outbound_ports", [0], "greater than or equal to 1"),
        ("port", 80, "1024"),
        ("domain", "-x.example.com", "pattern"),
        ("domain", "a" * 60 + ".example.com", "at most 64"),
        ("zone_id", "example.com", "pattern"),
        ("certificate", "arn:aws:iam::123456789012:server-certificate/x", "pattern"),
        ("paths", {"api": ["api"]}, "pattern"),
        ("paths", {"api": []}, "at least 1"),
        ("paths", {"api": ["/1", "/2", "/3", "/4", "/5"]}, "at most 4"),
        ("schedules", {"job": "every day"}, "pattern"),
        ("schedules", {"job": 'cron("${x}")'}, "pattern"),
        ("secrets", {"TOKEN": "arn:aws:ssm:eu-central-1:123456789012:parameter/x"}, "pattern"),
        ("log_days", 10, "and nothing between"),
        ("owner", "a;b", "pattern"),
        ("notify", ["nobody"], "pattern"),
        ("monthly_usd", 0, "greater than or equal to 1"),
        ("state_bucket", "Shop", "pattern"),
        ("sizes", {"api": {"cpu": 300}}, "256"),
        ("sizes", {"api": {"cpu": 256, "memory": 4096}}, "Fargate has 512, 1024, 2048 MiB"),
        ("sizes", {"api": {"cpu": 4096, "memory": 1024}}, "Fargate has 8192 to 30720 by 1024 MiB"),
        ("zone", "Z1", "Extra inputs"),
    ],
)
def test_what_aws_does_not_know_is_refused(field: str, value: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        TerraformParameters.model_validate({field: value})


def test_the_smallest_size_that_is_large_enough() -> None:
    assert size_for(0) == TaskSize(cpu=256, memory=512)
    assert size_for(513) == TaskSize(cpu=256, memory=1024)
    assert size_for(3000) == TaskSize(cpu=512, memory=3072)
    assert size_for(1 << 20) == TaskSize(cpu=16384, memory=MEMORY[16384][-1])
