"""A call with a key opens one deployment, wherever kill -9 meets it, and whoever asks again is told of that one."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.support.stores import opened
from tests.support.tree import ROOT


def deployments(file: Path) -> list[str]:
    """Every deployment in a database."""
    with closing(sqlite3.connect(file)) as connection:
        return [str(row[0]) for row in connection.execute("SELECT id FROM deployments")]


def test_a_call_killed_at_every_statement_and_commit_and_again_opens_one_deployment(tmp_path: Path) -> None:
    template = tmp_path / "template.db"
    with opened(f"sqlite:///{template}"):
        pass
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.keyed_process", str(tmp_path), str(template)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    for each in rounds:
        assert each["answered"] == deployments(tmp_path / f"{each['moment']}.db"), each
        assert len(each["answered"]) == 1, each
    assert sum(each["killed"] for each in rounds) > 20
    assert sum(each["twice"] for each in rounds) > 10
