"""The disk full: one sentence, and the way back still works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.agent import Refusal
from tests.support.ballast import fill
from tests.support.load import unhurt
from tests.support.scene import Scene, blue_green
from tests.support.small_disk import small_disk

ROOM = "96m"


@pytest.fixture
def small() -> Iterator[Scene]:
    """A home on a disk of its own, which is small."""
    with Scene() as scene, small_disk(scene.home, ROOM):
        try:
            scene.declare(development={"strategy": blue_green(), "listen": {"web": scene.at(0)}})
            scene.start_project()
            yield scene
        finally:
            scene.close()


def test_a_full_disk_is_told_in_one_sentence_and_the_way_back_works(small: Scene) -> None:
    deployed = small.deploy()
    old, first = deployed["commit"][:12], deployed["changes"][0]["release"]
    small.behave("ok")
    small.deploy()
    with small.load(rate=150) as load:
        ballast = small.home / "ballast"
        fill(ballast)
        with pytest.raises(Refusal) as refused:
            for _ in range(50):
                small.op("create_deployment", environment="development", reason="x" * 2000)
        problem = refused.value.problem
        assert "disk_full" in problem["code"] + problem["why"] and problem["mend"], problem
        assert problem["outcome"] == "not_started", problem
        fill(ballast)
        said = small.cli("rollback", "development")
        assert said.value["by"] == "supervisor" and said.value["returned"]["generation"] == 1, said.out
        seen = small.until_observed(lambda seen: seen["settled"] and seen["state_saved"])
        assert ([each["release"] for each in seen["shares"]], small.version()) == ([first], old)
        report = load.stop()
        assert "reserve" in small.cli("doctor", code=None, as_json=False).out
        ballast.unlink()
    unhurt(report)
    opened = small.op("create_deployment", environment="development")
    small.until(opened["id"], lambda each: each["state"] == "planned")
