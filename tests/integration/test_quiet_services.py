"""A service that has nothing to say: what kr8 asks it must not have it say something."""

import json
import sys
from pathlib import Path

from tests.integration.supervisor_rig import KEY, Rig, run_spec, share, until

SERVICE = Path(__file__).with_name("quiet_service.py")
INSTANCES = 4
ASKED = 60
"""Health questions, of HAProxy and of the supervisor: of the former, one in four was felt as a broken connection."""


def test_a_server_of_the_standard_library_prints_nothing_of_health_questions(tmp_path: Path) -> None:
    asked = tmp_path / "beside" / "asked"  # in the folder of the home itself services may make nothing new
    asked.parent.mkdir()
    argv = (sys.executable, "-S", str(SERVICE), "{port}", str(asked))
    with Rig(tmp_path / "home") as rig:
        rig.start()
        rig.converge(share("v1", INSTANCES, run=run_spec("v1", argv=argv, version=None)), surge=INSTANCES)
        until(lambda: asked.stat().st_size >= ASKED, "it was asked often enough")
        logs = [*(rig.home / "logs" / KEY).iterdir()]
        printed = [json.loads(line)["line"] for log in logs for line in log.read_text().splitlines()]
    assert printed == ["serving"] * INSTANCES
