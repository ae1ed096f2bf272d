"""A job's schedule, as each target's infrastructure code has it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kr8.domain.problem import Refused
from kr8.domain.project import Project
from kr8.domain.schedule import parse_schedule
from kr8.generators import ansible, kubernetes, terraform
from kr8.generators.ansible.systemd import calendar
from kr8.generators.terraform.schedules import eventbridge

NIGHTLY = "30 3 * * MON-FRI"


def project(schedule: str | None = NIGHTLY, **infrastructure: Any) -> Project:
    """A project of one job."""
    service = {"kind": "job", "run": ["tidy"], **({"schedule": schedule} if schedule else {})}
    return Project.model_validate(
        {
            "project": {"name": "shop", "id": "prj_7k2m9q"},
            "services": {"tidy": service},
            "environments": {"production": {}},
            "infrastructure": {"ansible": {"hosts": ["10.0.0.1"]}, **infrastructure},
        }
    )


def texts(files: Any) -> dict[str, str]:
    return {file.path: file.text for file in files}


@pytest.mark.parametrize(
    ("cron", "aws", "systemd"),
    [
        (NIGHTLY, "cron(30 3 ? * MON,TUE,WED,THU,FRI *)", "Mon,Tue,Wed,Thu,Fri *-*-* 03:30:00 UTC"),
        ("*/20 * * * *", "cron(0,20,40 * * * ? *)", "*-*-* *:00,20,40:00 UTC"),
        ("0 0 1,15 jan-apr,12 *", "cron(0 0 1,15 1-4,12 ? *)", "*-01,02,03,04,12-01,15 00:00:00 UTC"),
        ("0-2,5 9,10 * * *", "cron(0-2,5 9,10 * * ? *)", "*-*-* 09,10:00,01,02,05:00 UTC"),
    ],
)
def test_each_target_writes_it_in_its_own_way(cron: str, aws: str, systemd: str) -> None:
    assert eventbridge(parse_schedule(cron)) == aws
    assert calendar(parse_schedule(cron)) == systemd


def test_kubernetes_has_a_cron_job_in_utc() -> None:
    (cron_job,) = [
        yaml.safe_load(text) for path, text in texts(kubernetes.generate(project())).items() if "cron-job" in path
    ][:1]
    spec = cron_job["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == (NIGHTLY, "Etc/UTC", "Forbid")
    assert not [path for path in texts(kubernetes.generate(project())) if path.endswith("/job.yaml")]


def test_what_a_target_is_told_itself_counts_before() -> None:
    own = {"services": {"tidy": {"schedule": "@daily", "time_zone": "Europe/Berlin"}}}
    found = "".join(texts(kubernetes.generate(project(kubernetes=own))).values())
    assert "@daily" in found and "Europe/Berlin" in found and NIGHTLY not in found
    told = {"schedules": {"tidy": "rate(1 day)"}, "timezone": "Europe/Berlin"}
    found = "".join(texts(terraform.generate(project(terraform=told))).values())
    assert "rate(1 day)" in found and "MON,TUE" not in found


def test_a_time_zone_for_a_schedule_in_utc_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        kubernetes.generate(project(kubernetes={"services": {"tidy": {"time_zone": "Europe/Berlin"}}}))
    assert "time zone" in refused.value.problem.what
    with pytest.raises(Refused) as refused:
        terraform.generate(project(terraform={"timezone": "Europe/Berlin"}))
    assert (refused.value.problem.code, "UTC" in refused.value.problem.what) == ("infrastructure_parameter", True)


def test_terraform_and_ansible_have_it() -> None:
    assert "cron(30 3 ? * MON,TUE,WED,THU,FRI *)" in "".join(texts(terraform.generate(project())).values())
    files = texts(ansible.generate(project()))
    (inventory,) = [text for path, text in files.items() if path.endswith("group_vars/all.yml")]
    assert 'calendar: "Mon,Tue,Wed,Thu,Fri *-*-* 03:30:00 UTC"' in inventory
    without = texts(ansible.generate(project(schedule=None)))
    assert "calendar" not in "".join(text for path, text in without.items() if path.endswith("all.yml"))
