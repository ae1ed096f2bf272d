"""What systemd makes of the schedules that are generated: it is due when kr8 says that it is."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from kr8.domain.schedule import parse_schedule
from kr8.generators.ansible.systemd import calendar
from kr8.supervisor.calendar import due_after
from kr8.supervisor.wire import ScheduleSpec

SCHEDULES = ["* * * * *", "30 3 * * MON-FRI", "*/20 9-17 * * *", "0 0 29 2 *", "0 0 1,15 1-4,12 *", "5 4 * * 0,6"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on PATH")
@pytest.mark.parametrize("text", SCHEDULES)
def test_systemd_agrees_on_when_a_schedule_is_due(text: str) -> None:
    said = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=3", calendar(parse_schedule(text))],
        env={"TZ": "UTC", "LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    first, *others = re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d):00 UTC", said.stdout)
    spec = ScheduleSpec(*parse_schedule(text))
    for told in others:
        due = due_after(spec, datetime.fromisoformat(first).replace(tzinfo=UTC).timestamp())
        assert due is not None and datetime.fromtimestamp(due, UTC).isoformat(" ")[:16] == told
        first = told
    assert len(others) == 2
