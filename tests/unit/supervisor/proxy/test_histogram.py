"""Latencies in buckets."""

from hypothesis import given
from hypothesis import strategies as st

from kr8.supervisor.proxy.histogram import BOUNDS_MS, BUCKETS, Histogram, bucket_of


def histogram(milliseconds: list[int]) -> Histogram:
    counts = [0] * BUCKETS
    for value in milliseconds:
        counts[bucket_of(value)] += 1
    return Histogram(tuple(counts))


def test_bounds_grow_from_a_millisecond_to_a_minute() -> None:
    assert (BOUNDS_MS[0], BOUNDS_MS[-1]) == (1, 60_000)
    assert list(BOUNDS_MS) == sorted(set(BOUNDS_MS))


@given(st.integers(0, 200_000))
def test_a_latency_falls_below_its_bound(milliseconds: int) -> None:
    index = bucket_of(milliseconds)
    assert index == len(BOUNDS_MS) or milliseconds <= BOUNDS_MS[index]
    assert index == 0 or milliseconds > BOUNDS_MS[index - 1]


@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=200), st.floats(0, 1))
def test_a_quantile_is_at_most_a_fifth_too_high(values: list[int], fraction: float) -> None:
    exact = sorted(values)[max(0, -(-len(values) * fraction // 1).__int__() - 1)] if fraction else min(values)
    found = histogram(values).quantile(fraction)
    assert found is not None
    assert exact <= found <= max(exact * 1.2 + 1, 1)


@given(st.lists(st.integers(0, 70_000)), st.lists(st.integers(0, 70_000)))
def test_sums_and_differences(earlier: list[int], later: list[int]) -> None:
    both = histogram(earlier).plus(histogram(later))
    assert both == histogram(earlier + later)
    assert both.minus(histogram(earlier)) == histogram(later)


def test_nothing_measured_has_no_quantile() -> None:
    assert Histogram().quantile(0.99) is None
    assert Histogram((0, 0)).quantile(0.5) is None
