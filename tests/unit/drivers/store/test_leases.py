"""Who gets a lease, decided on values alone."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kr8.drivers.store.leases import stands, take
from kr8.ports.leases import Lease

NOW = datetime(2026, 1, 5, tzinfo=UTC)
TTL = timedelta(seconds=30)
MOVES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(-7200, 7200), st.integers(0, 3)), max_size=40)


@given(MOVES)
def test_a_new_holder_is_above_all_seen_and_an_epoch_never_has_two_holders(moves: list[tuple[str, int, int]]) -> None:
    standing: Lease | None = None
    seen, holders = 0, dict[int, str]()
    for holder, seconds, raised in moves:
        seen = max(seen, seen + raised - 2)
        got = take(standing, seen, "e", holder, NOW + timedelta(seconds=seconds), TTL)
        if got is None:
            continue
        if standing is not None and standing.holder == holder:
            assert got.epoch == standing.epoch  # a target that has seen a higher one refuses it
        else:
            assert got.epoch > seen
        assert holders.setdefault(got.epoch, holder) == holder
        standing, seen = got, max(seen, got.epoch)


def test_a_lease_stands_however_long_it_was_prolonged() -> None:
    lease = Lease(environment="e", holder="a", epoch=1, expires_at=NOW)
    assert stands(lease, lease.model_copy(update={"expires_at": NOW + TTL}))
    assert not stands(lease, lease.model_copy(update={"epoch": 2}))
    assert not stands(lease, None)
