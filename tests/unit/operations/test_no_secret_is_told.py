"""Thousands of calls with secrets in whatever they take: nothing that is answered, written or logged has one in it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.canaries import canaries, forms, needles
from tests.support.house import ADA, AGENT, CATALOGUE, SHOP, House, ref
from tests.support.virtual import play

from kr8.domain.problem import Refused
from kr8.domain.request import SignatureNeeded

VALUES = canaries()
FOUND = needles(VALUES)


def calls(directory: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with every secret in every argument: plain and in base64; in free words in every form."""
    usual = {"environment": "staging", "from_environment": "staging", "choice": "return", "instances": 1}
    usual |= {"deployment": "dep_1", "service": "web", "signature": "s", "name": "ADA", "value": "none", "file": "/x"}
    usual |= {"public_key": "ssh-ed25519 AAAA", "directory": str(directory / "new")}
    for operation in CATALOGUE:
        name, fields = operation.name, operation.request.model_fields
        needed = {field: usual[field] for field in fields if field in usual}
        for field in fields:
            for value in VALUES.values():
                for written in forms(value)[:: 1 if field in ("reason", "text") else 5]:
                    given = f"{directory}/{written}" if field == "directory" else written
                    yield name, {**needed, field: {given: given} if field == "values" else given}


async def everything(directory: Path) -> tuple[int, list[str], House]:
    """Do all of it; how many calls that were, and what they said."""
    house = House()
    for name, value in VALUES.items():
        await house.secrets.set(SHOP, "staging", name, value, "ada")
    done = await house.deploy()
    assert done.plan is not None and done.plan.services[0].release is not None
    for value in VALUES.values():
        for written in forms(value):
            for line in written.split("\n"):
                house.target.say(ref(), done.plan.services[0].release.id, f"connecting with {line}; done")
    await house.engine.now.stop()
    said = [str((await house.call("get_deployment_logs", limit=500))["lines"])]
    count = 0
    for name, arguments in calls(directory):
        count += 1
        try:
            said.append(str(await house.call(name, AGENT if count % 2 else ADA, **arguments)))
        except (Refused, SignatureNeeded) as refused:
            said.append(refused.problem.model_dump_json())
    return count, said, house


def test_no_call_answers_writes_or_logs_a_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story() -> None:
        count, said, house = await everything(tmp_path)
        assert count >= 2000
        assert "«redacted»" in said[0]
        assert not {text for text in said if FOUND.search(text)}
        rows = "\n".join(row.model_dump_json() for row in await house.audit.rows())
        assert not FOUND.search(rows)
        for each in await house.deployments.list(SHOP, limit=100_000):
            assert not FOUND.search(each.model_dump_json())
            assert not FOUND.search(await house.told(each.id))
        assert not FOUND.search(str(vars(house.journal)))

    play(story())
    assert not FOUND.search(caplog.text)
