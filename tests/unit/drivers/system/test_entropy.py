"""Ids sort by the time they were made, and nobody can guess them."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests.fakes.clock import FakeClock

from kr8.drivers.system.clock import SystemClock
from kr8.drivers.system.entropy import SystemEntropy


def test_an_id_is_a_prefix_and_26_safe_letters_and_digits() -> None:
    assert re.fullmatch(r"prj_[0-9a-hjkmnp-tv-z]{26}", SystemEntropy(SystemClock()).new("prj"))


def test_ids_sort_by_time_within_a_millisecond_too_and_when_the_clock_goes_back() -> None:
    clock = FakeClock()
    entropy = SystemEntropy(clock)
    made = [entropy.new("dep") for _ in range(100)]
    clock.jump(timedelta(hours=-2))
    made += [entropy.new("dep") for _ in range(100)]
    clock.jump(timedelta(hours=4))
    made.append(entropy.new("dep"))
    assert made == sorted(set(made))


def test_two_processes_at_one_moment_make_different_ids() -> None:
    one, other = SystemEntropy(FakeClock()).new("dep"), SystemEntropy(FakeClock()).new("dep")
    assert one[:14] == other[:14]
    assert one[14:] != other[14:]


def test_who_knows_the_moment_and_every_id_before_still_has_eighty_bits_to_guess() -> None:
    """Each of the last sixteen digits takes all thirty-two values, in ids of one moment: 5 bits each."""
    ids = [SystemEntropy(FakeClock()).new("dep") for _ in range(1000)]
    moments = {each[:14] for each in ids}
    assert len(moments) == 1
    assert [len({each[place] for each in ids}) for place in range(14, 30)] == [32] * 16
    assert len({each[14:22] for each in ids} | {each[22:] for each in ids}) == 2000, "no half of one comes again"


def test_threads_never_get_one_id_twice() -> None:
    entropy = SystemEntropy(SystemClock())
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: entropy.new("dep"), range(4000)))
    assert len(set(made)) == 4000
