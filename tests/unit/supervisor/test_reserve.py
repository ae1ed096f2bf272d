"""Room that is kept for the way back, on a disk that has enough of it."""

from pathlib import Path

import pytest

from kr8.supervisor.reserve import Reserve

SIZE = 1 << 16


@pytest.fixture
def reserve(tmp_path: Path) -> Reserve:
    return Reserve(tmp_path / "reserve", SIZE)


def test_it_is_made_of_blocks_and_not_of_a_hole(reserve: Reserve, tmp_path: Path) -> None:
    assert not reserve.kept
    reserve.keep()
    found = (tmp_path / "reserve").stat()
    assert reserve.kept
    assert (found.st_size, found.st_blocks * 512 >= SIZE) == (SIZE, True)


def test_it_is_left_alone_while_there_is_room(reserve: Reserve) -> None:
    reserve.keep()
    assert not reserve.make_room()
    assert reserve.kept


def test_a_write_that_a_quota_refused_gets_it_once_and_it_is_kept_again(reserve: Reserve) -> None:
    reserve.keep()
    assert reserve.make_room(refused=True)
    assert not reserve.make_room(refused=True)
    assert not reserve.kept
    reserve.keep()
    assert reserve.kept


def test_more_than_the_disk_has_is_not_kept_and_does_not_fill_it(tmp_path: Path) -> None:
    greedy = Reserve(tmp_path / "reserve", 1 << 60)
    greedy.keep()
    assert not greedy.kept
    assert not (tmp_path / "reserve").exists()
