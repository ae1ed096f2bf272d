"""Every file that the supervisor reads at its start, damaged in every way: it starts, and says what it has to say."""

import asyncio
import os
from pathlib import Path

import pytest
from tests.support.damages import DAMAGES, GARBAGE, Damage, folder, missing, truncated

from kr8.supervisor import evidence
from kr8.supervisor.exits import recorded
from kr8.supervisor.home import Home
from kr8.supervisor.journal import Journal
from kr8.supervisor.observed import Failure
from kr8.supervisor.output import Capture, LogFile
from kr8.supervisor.process import Exit
from kr8.supervisor.proxy.counters import Tally
from kr8.supervisor.proxy.parse import Record
from kr8.supervisor.proxy.proxy import Proxy
from kr8.supervisor.proxy.records import COUNTS, Records
from kr8.supervisor.refused import RefusedError
from kr8.supervisor.reserve import Reserve
from kr8.supervisor.state import State, with_epoch
from kr8.supervisor.store import Store

ENVIRONMENT = "shop.production"
WHOLE = with_epoch(State(), ENVIRONMENT, 7)
every_damage = pytest.mark.parametrize("damage", DAMAGES)
LOST_STATES = (
    "",
    "{",
    "[]",
    "null",
    "1",
    '{"version": 1, "from_the_future": 1}',
    '{"services": {"a": {}}}',
    "[" * 200_000,
)


@every_damage
def test_a_state_that_is_lost_is_not_written_over_until_it_is_given_up(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "state.json"
    Store(path).commit(WHOLE)
    damage(path)
    found = content(path)
    store = Store(path)
    if store.missing:
        store.lose()
    assert str(path) in store.lost
    assert not store.keep(WHOLE)
    with pytest.raises(RefusedError) as refused:
        store.commit(WHOLE)
    assert (refused.value.status, refused.value.problem.code) == (503, "state_unreadable")
    assert (content(path), path.exists()) == (found, damage is not missing)
    store.give_up()
    store.commit(WHOLE)
    assert Store(path).state == WHOLE
    assert [content(each) for each in tmp_path.glob("state.json.*")] == ([] if damage is missing else [found])


@pytest.mark.parametrize("text", LOST_STATES)
def test_a_state_that_is_not_understood_is_lost(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    assert Store(tmp_path / "state.json").lost
    assert (tmp_path / "state.json").read_text() == text


def test_a_state_that_is_put_back_counts(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(GARBAGE)
    store = Store(path)
    assert not store.put_back()
    path.unlink()
    Store(path).commit(WHOLE)
    assert store.put_back()
    assert Store(path).state == WHOLE


@every_damage
def test_a_journal_goes_on_or_says_that_it_does_not(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "journal.jsonl"
    first = Journal(path)
    first.write("first", "shop")
    first.write("second", "shop")
    damage(path)
    journal = Journal(path)
    journal.write("third", "shop")
    written = [entry.event for entry in journal.since(0)]
    assert written[-1:] == ([] if damage is folder else ["third"])
    assert bool(journal.trouble) == (damage is folder)


def test_what_a_journal_could_not_write_is_written_later(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.mkdir()
    journal = Journal(path)
    journal.write("first", "shop")
    path.rmdir()
    journal.write("second", "shop")
    assert [entry.event for entry in journal.since(0)] == ["first", "second"]
    assert not journal.trouble


@every_damage
def test_a_reserve_never_stands_in_the_way_back(tmp_path: Path, damage: Damage) -> None:
    reserve = Reserve(tmp_path / "reserve", 1 << 16)
    reserve.keep()
    damage(tmp_path / "reserve")
    assert reserve.make_room(refused=True) == (damage not in (missing, folder))
    reserve.keep()
    assert reserve.kept == (damage is not folder)


@every_damage
def test_a_probe_word_is_made_anew(tmp_path: Path, damage: Damage) -> None:
    home = Home(tmp_path)
    home.make()
    home.probe_word()
    damage(home.probe)
    word = home.probe_word()
    assert len(word) == 32 and word.isalnum()
    assert (home.probe_word() == word) == (damage is not folder), "it is the same from now on, where it can be written"


@every_damage
def test_counts_begin_again_and_say_so(tmp_path: Path, damage: Damage) -> None:
    records = Records(tmp_path)
    records.save()
    damage(tmp_path / COUNTS)
    again = Records(tmp_path)
    assert again.tally.reset_id != records.tally.reset_id
    assert (COUNTS in again.damage) == (damage is not missing)
    again.save()
    assert (COUNTS in again.trouble) == (damage is folder)
    assert damage is folder or Records(tmp_path).tally.reset_id == again.tally.reset_id


COUNTED = '{"reset_id": "r", "process": "", "counts": {"k": {"r1-0": %s}}}'


@pytest.mark.parametrize(
    "text",
    ["null", "[]", "{}", '"text"', '{"reset_id": "r", "process": "", "counts": []}', COUNTED % "1", COUNTED % "{}"],
)
def test_counts_of_another_shape_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="no counts"):
        Tally.from_json(text)


def test_counts_with_too_many_latencies_are_still_counts() -> None:
    long = {"numbers": {}, "latency": [1] * 1000, "retries_read": 0}
    tally = Tally.from_json(COUNTED % str(long).replace("'", '"'))
    tally.count(Record("k", "r1-0", 200, 12, "--"))
    assert len(tally.of("k")["r1-0"].latency.counts) < 100


@pytest.mark.parametrize("damage", [each for each in DAMAGES if each is not truncated])
def test_an_instance_without_its_pipes_goes_on_without_its_output(tmp_path: Path, damage: Damage) -> None:
    async def scene() -> None:
        os.mkfifo(tmp_path / "stdout")
        os.mkfifo(tmp_path / "stderr")
        damage(tmp_path / "stdout")
        Capture(tmp_path, LogFile(tmp_path / "log.jsonl")).close()

    asyncio.run(scene())


@every_damage
def test_evidence_and_exit_codes_that_are_damaged_are_none(tmp_path: Path, damage: Damage) -> None:
    place = tmp_path / "v1-0"
    evidence.keep(place, Failure("exited", "it ended", "v1", "v1-0", "2026-01-01", "shop.production.web"))
    (place / "exit").write_text("1234")
    damage(place / "evidence.json")
    damage(place / "exit")
    assert evidence.kept(tmp_path, "shop.production.web") == ()
    assert recorded(place / "exit") == (Exit(code=12) if damage is truncated else Exit())
    evidence.prune(tmp_path, frozenset())


NAMES = ("haproxy.cfg", "counters.json", "records.pipe", "messages.pipe", "listeners.sock", "haproxy.sock")


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_in_the_place_of_a_file_of_the_proxy_is_set_aside_and_told(tmp_path: Path, name: str) -> None:
    for number in (1, 2):
        (tmp_path / name).mkdir()
        proxy = Proxy(tmp_path, "haproxy")
        assert not (tmp_path / name).exists()
        assert (tmp_path / f"{name}.aside-{number}").is_dir()
        assert name in str(proxy.damages)


def content(path: Path) -> bytes | None:
    """The bytes of a file, None of anything else."""
    return path.read_bytes() if path.is_file() else None
