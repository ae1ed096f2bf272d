"""A sealed value opens with one key, in one place; a service gets it when it starts, and nobody else does."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.contract.test_secrets import PROJECT, release
from tests.fakes.clock import FakeClock
from tests.fakes.sealed import MemorySealedSecrets

from kr8.domain.problem import Refused
from kr8.domain.release import SecretVersion
from kr8.drivers.age.driver import AgeSecrets, sealed_environment
from kr8.drivers.age.identity import identity_of, load
from kr8.drivers.age.launch import environment_of

VALUE = 'c4n4ry "ß\n$HOME'
TOKEN = SecretVersion(name="TOKEN", version=1)


class Home:
    """A home with one secret."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.kept = MemorySealedSecrets()
        self.secrets = AgeSecrets(home, self.kept, FakeClock())
        asyncio.run(self.secrets.set(PROJECT, "staging", "TOKEN", VALUE, "ada"))

    def sealed(self) -> Path:
        """The sealed environment of a release with the secret."""
        asyncio.run(self.secrets.seal(release(TOKEN)))
        return sealed_environment(self.home, release(TOKEN).id)

    def launch(self, sealed: Path, *argv: str) -> subprocess.CompletedProcess[bytes]:
        with identity_of(self.home).open() as identity, sealed.open("rb") as file:
            return launch([sealed.parent.name, "--", *argv], identity.fileno(), file.fileno())


def launch(arguments: Sequence[str], *given: int) -> subprocess.CompletedProcess[bytes]:
    env = {"KR8_THEN_PATH": os.environ["PATH"], "KR8_THEN_GIVEN": "1", "KR8_GIVEN": ",".join(map(str, given))}
    command = [sys.executable, "-I", "-m", "kr8.drivers.age.launch", *arguments]
    return subprocess.run(command, env=env, pass_fds=given, capture_output=True, check=False)


@pytest.fixture
def world(tmp_path: Path) -> Home:
    return Home(tmp_path)


def code(caught: pytest.ExceptionInfo[Refused]) -> str:
    return caught.value.problem.code


def test_the_identity_is_made_once_and_is_its_owners_alone(world: Home) -> None:
    path = identity_of(world.home)
    before = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert str(load(path)) == before.strip()
    assert list(path.parent.iterdir()) == [path]


def test_an_identity_that_others_can_read_is_not_used(world: Home) -> None:
    identity_of(world.home).chmod(0o644)
    with pytest.raises(Refused) as caught:
        asyncio.run(world.secrets.values())
    assert code(caught) == "identity_unreadable"


def test_a_damaged_identity_is_named_and_not_replaced(world: Home) -> None:
    identity_of(world.home).write_text("rubbish")
    with pytest.raises(Refused) as caught:
        asyncio.run(world.secrets.set(PROJECT, "staging", "TOKEN", "new value", "ada"))
    assert code(caught) == "identity_unreadable"
    assert identity_of(world.home).read_text() == "rubbish"


def test_no_value_lies_anywhere_in_clear(world: Home) -> None:
    world.sealed()
    stored = [secret.sealed for secret in asyncio.run(world.kept.all())]
    files = [path.read_bytes() for path in world.home.rglob("*") if path.is_file()]
    assert not [content for content in [*stored, *files] if b"c4n4ry" in content]


@pytest.mark.parametrize(
    "change",
    [{"name": "OTHER"}, {"version": 2}, {"environment": "production"}, {"project": "prj_another"}],
)
def test_a_sealed_value_does_not_open_in_another_place(world: Home, change: dict[str, object]) -> None:
    (secret,) = asyncio.run(world.kept.all())
    moved = MemorySealedSecrets()
    if "version" in change:
        asyncio.run(moved.add(secret))
    asyncio.run(moved.add(secret.model_copy(update=change)))
    with pytest.raises(Refused) as caught:
        asyncio.run(AgeSecrets(world.home, moved, FakeClock()).values())
    assert code(caught) == "secret_unreadable"


def test_a_changed_value_does_not_open(world: Home) -> None:
    (secret,) = asyncio.run(world.kept.all())
    changed = MemorySealedSecrets()
    asyncio.run(changed.add(secret.model_copy(update={"sealed": secret.sealed[:-1] + b"\0"})))
    with pytest.raises(Refused) as caught:
        asyncio.run(AgeSecrets(world.home, changed, FakeClock()).values())
    assert code(caught) == "secret_unreadable"
    assert "c4n4ry" not in str(caught.value)


def test_two_people_at_once_get_two_versions(world: Home) -> None:
    async def scenario() -> None:
        names = [world.secrets.set(PROJECT, "staging", "MANY", f"value {number}", "ada") for number in range(10)]
        versions = [view.version for view in await asyncio.gather(*names)]
        assert sorted(versions) == list(range(1, 11))

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("lower", "x", "'lower' cannot be the name of a secret."),
        ("A=B", "x", "'A=B' cannot be the name of a secret."),
        ("A", "", "The value of A is empty."),
        ("A", "a\0b", "The value of A has a NUL in it."),
        ("A", "x" * 200_000, "The value of A is longer than 100,000 bytes."),
        ("A", "é" * 60_000, "The value of A is longer than 100,000 bytes."),
    ],
)
def test_what_no_environment_can_carry_is_refused(world: Home, name: str, value: str, what: str) -> None:
    with pytest.raises(Refused) as caught:
        asyncio.run(world.secrets.set(PROJECT, "staging", name, value, "ada"))
    problem = caught.value.problem
    assert (problem.code, problem.what, problem.outcome) == ("invalid_secret", what, "not_started")
    assert problem.mend and (problem.why or problem.field == "name")
    assert [each.name for each in asyncio.run(world.secrets.list(PROJECT))] == ["TOKEN"]
    assert value == "x" or not value or value not in str(caught.value)


def test_a_service_starts_with_its_secrets_and_the_environment_it_was_given(world: Home) -> None:
    script = 'printf %s "$TOKEN$KR8_GIVEN"; test "$GIVEN" = 1 && exit 7'
    ended = world.launch(world.sealed(), "sh", "-c", script)
    assert (ended.stdout.decode(), ended.returncode) == (VALUE, 7)


def test_the_launcher_s_own_variables_are_not_the_service_s() -> None:
    found = {
        "LANG": "C.UTF-8",
        "KR8_INSTANCE": "i-1",
        "KR8_GIVEN": "3,4",
        "KR8_THEN_PATH": "/bin",
        "KR8_THEN_LANG": "C",
    }
    made = environment_of(found, {"TOKEN": VALUE})
    assert made == {"PATH": "/bin", "LANG": "C", "KR8_INSTANCE": "i-1", "TOKEN": VALUE}


def test_a_supervisor_of_an_earlier_kr8_hands_the_variables_over_as_they_are() -> None:
    found = {"PATH": "/bin", "KR8_INSTANCE": "i-1", "KR8_GIVEN": "3,4"}
    assert environment_of(found, {"TOKEN": VALUE}) == {"PATH": "/bin", "KR8_INSTANCE": "i-1", "TOKEN": VALUE}


def test_no_secret_takes_the_mark_by_which_a_process_is_found() -> None:
    found = {"KR8_INSTANCE": "i-1", "KR8_GIVEN": "3,4", "KR8_THEN_PATH": "/bin"}
    assert environment_of(found, {"KR8_INSTANCE": VALUE})["KR8_INSTANCE"] == "i-1"


def test_a_service_keeps_no_descriptor_of_what_its_secrets_were_read_from(world: Home) -> None:
    ended = world.launch(
        world.sealed(), sys.executable, "-c", "import os; print(sorted(os.listdir('/proc/self/fd'))[:3])"
    )
    assert ended.stdout.decode() == "['0', '1', '2']\n"
    kept = world.launch(world.sealed(), "sh", "-c", "ls -l /proc/self/fd")
    assert b".age" not in kept.stdout


def test_sealing_again_changes_nothing_for_the_service(world: Home) -> None:
    first = world.sealed()
    assert world.sealed() == first
    assert first.stat().st_mode & 0o777 == 0o600
    assert world.launch(first, "sh", "-c", 'printf %s "$TOKEN"').stdout.decode() == VALUE


def test_a_release_without_secrets_has_nothing_sealed(world: Home) -> None:
    asyncio.run(world.secrets.seal(release()))
    assert not (world.home / "releases").exists()


def test_the_secrets_of_another_release_do_not_open(world: Home) -> None:
    sealed = world.sealed()
    other = sealed.parent.with_name("rel_ffffffffffffffff")
    other.mkdir()
    ended = world.launch(sealed.rename(other / "sealed.age"), "true")
    assert (ended.returncode, b"not sealed for rel_ffffffffffffffff" in ended.stderr) == (78, True)


def test_what_cannot_be_opened_or_started_says_so_and_shows_no_value(world: Home) -> None:
    sealed = world.sealed()
    missing = launch(["rel_1111111111111111", "--", "true"])
    assert (missing.returncode, b"cannot be opened" in missing.stderr) == (78, True)
    unknown = world.launch(sealed, "no-such-program")
    assert (unknown.returncode, unknown.stderr) == (
        127,
        b"kr8: no-such-program cannot be started: No such file or directory\n",
    )
    sealed.write_bytes(sealed.read_bytes()[:-1] + b"\0")
    changed = world.launch(sealed, "true")
    assert (changed.returncode, b"Traceback" in changed.stderr) == (78, False)
    assert launch(["a", "b", "c"]).returncode == launch(["a"]).returncode == 78
