"""What every `Secrets` does, the fake and the one sealed with age."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock
from tests.fakes.sealed import MemorySealedSecrets
from tests.fakes.secrets import FakeSecrets

from kr8.domain.problem import Refused
from kr8.domain.project import Service
from kr8.domain.release import Build, Release, SecretVersion, release_of
from kr8.drivers.age.driver import AgeSecrets
from kr8.ports.secrets import Secrets

PROJECT = "prj_7k2m9q"


@pytest.fixture(params=["fake", "age"])
def secrets(request: pytest.FixtureRequest, tmp_path: Path) -> Secrets:
    return FakeSecrets() if request.param == "fake" else AgeSecrets(tmp_path, MemorySealedSecrets(), FakeClock())


def release(*versions: SecretVersion) -> Release:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    build = Build(
        id="bld_" + "0" * 16,
        service="api",
        commit="0" * 40,
        tree="0" * 40,
        artifact="0" * 64,
        directory="/nowhere",
        bytes=1,
        seconds=1,
        made_at=now,
    )
    return release_of(PROJECT, "staging", build, Service(run=("run",)), {}, versions, None)


def test_a_value_is_kept_as_a_version_and_not_shown(secrets: Secrets) -> None:
    async def scenario() -> None:
        first = await secrets.set(PROJECT, "staging", "TOKEN", "one-one-one", "ada")
        second = await secrets.set(PROJECT, "staging", "TOKEN", "two-two-two", "ada")
        assert (first.version, second.version, second.set_by) == (1, 2, "ada")
        assert await secrets.list(PROJECT) == (second,)
        assert "two" not in repr(await secrets.list(PROJECT))

    asyncio.run(scenario())


def test_environments_and_projects_are_apart(secrets: Secrets) -> None:
    async def scenario() -> None:
        await secrets.set(PROJECT, "staging", "TOKEN", "one-one-one", "ada")
        await secrets.set(PROJECT, "production", "TOKEN", "two-two-two", "ada")
        await secrets.set("prj_another", "staging", "OTHER", "three-three", "ada")
        assert [view.environment for view in await secrets.list(PROJECT)] == ["production", "staging"]
        assert [view.environment for view in await secrets.list(PROJECT, "staging")] == ["staging"]

    asyncio.run(scenario())


def test_a_release_is_given_the_newest_versions_of_what_is_set(secrets: Secrets) -> None:
    async def scenario() -> None:
        await secrets.set(PROJECT, "staging", "B", "value of B", "ada")
        await secrets.set(PROJECT, "staging", "A", "value of A", "ada")
        await secrets.set(PROJECT, "staging", "A", "value of A, again", "ada")
        assert await secrets.latest(PROJECT, "staging", ("A", "MISSING", "B")) == (
            SecretVersion(name="A", version=2),
            SecretVersion(name="B", version=1),
        )

    asyncio.run(scenario())


def test_what_is_removed_is_left_out_and_versions_go_on(secrets: Secrets) -> None:
    async def scenario() -> None:
        await secrets.set(PROJECT, "staging", "A", "value of A", "ada")
        assert await secrets.remove(PROJECT, "staging", "A")
        assert not await secrets.remove(PROJECT, "staging", "A")
        assert await secrets.list(PROJECT) == ()
        assert await secrets.latest(PROJECT, "staging", ("A",)) == ()
        await secrets.seal(release(SecretVersion(name="A", version=1)))
        assert (await secrets.set(PROJECT, "staging", "A", "another value", "ada")).version == 2

    asyncio.run(scenario())


def test_the_redactor_gets_every_value_that_ever_was(secrets: Secrets) -> None:
    async def scenario() -> None:
        await secrets.set(PROJECT, "staging", "A", "value one", "ada")
        await secrets.set(PROJECT, "staging", "A", "value two", "ada")
        await secrets.remove(PROJECT, "staging", "A")
        assert set(await secrets.values()) == {"value one", "value two"}

    asyncio.run(scenario())


def test_a_release_with_a_version_that_is_not_there_is_refused(secrets: Secrets) -> None:
    with pytest.raises(Refused) as caught:
        asyncio.run(secrets.seal(release(SecretVersion(name="A", version=7))))
    assert caught.value.problem.code == "unknown_secret"
