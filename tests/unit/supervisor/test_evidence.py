"""What is kept of failed instances: the newest, and of no release so many that others lose theirs."""

import os
from pathlib import Path

from kr8.supervisor import evidence
from kr8.supervisor.observed import Failure


def test_a_release_that_fails_again_and_again_pushes_nothing_of_others_out(tmp_path: Path) -> None:
    evidence.keep(tmp_path / "web-0", Failure("exited", "died", "web", "web-0", "2026-11-29T00:00:00.000Z", "a.b.web"))
    os.utime(tmp_path / "web-0" / "evidence.json", (0, 0))
    for number in range(evidence.KEPT + 10):
        name = f"tidy-{number}"
        at = f"2026-11-29T01:{number:02d}:00.000Z"
        evidence.keep(tmp_path / name, Failure("exited", "failed", "tidy", name, at, "a.b.tidy"))
        os.utime(tmp_path / name / "evidence.json", (number + 1, number + 1))
    evidence.prune(tmp_path, frozenset())
    assert [kept.instance for kept in evidence.kept(tmp_path, "a.b.web")] == ["web-0"]
    runs = [kept.instance for kept in evidence.kept(tmp_path, "a.b.tidy")]
    assert runs == [f"tidy-{evidence.KEPT + 9 - number}" for number in range(evidence.OF_A_RELEASE)]
