"""Rollback targets, policies, approvals, the audit chain, counters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.values import CALLER, approval, approver, promotion

from kr8.domain.approval import expiry
from kr8.domain.audit import GENESIS, AuditEntry, Phase, broken_links, link
from kr8.domain.environment import Promotion, irreversible_between, ways_back, withdrawn_of
from kr8.domain.policy import Policy, is_as_strict, stricter
from kr8.domain.project import Approval
from kr8.domain.rights import Reach, needs_approval
from kr8.domain.target import Bucket, Counters, ReleaseCounters, ServiceRef

NOW = datetime(2026, 1, 5, tzinfo=UTC)
REF = ServiceRef(project="prj_7k2m9q", environment="staging", name="web")


def line(text: str) -> tuple[Promotion, ...]:
    """Promotions of commits a, b, c…; a capital letter is one that was withdrawn."""
    return tuple(
        promotion(number, commit=letter.lower()).model_copy(update={"withdrawn": letter.isupper()})
        for number, letter in enumerate(text, 1)
    )


@pytest.mark.parametrize(
    ("served", "back_to"),
    [
        ("a", None),
        ("ab", 1),
        ("abc", 2),
        ("abCb", 1),  # a rollback from c left it: the next one goes further back
        ("abCBa", None),
        ("aBab", 3),  # b was withdrawn and deployed again
        ("aBabc", 4),
        ("abbb", 1),  # scales of one release are no way back
        ("aaab", 3),
        ("aB", 1),
    ],
)
def test_a_rollback_goes_to_the_newest_release_that_is_neither_current_nor_withdrawn(
    served: str, back_to: int | None
) -> None:
    history = line(served)
    found = next(iter(ways_back(history[-1], history)), None)
    assert (found.generation if found else None) == back_to
    assert next(iter(ways_back(history[-1], tuple(reversed(history)))), None) == found


@pytest.mark.parametrize(
    ("served", "gone"), [("abc", set()), ("abCBa", {2, 3, 4}), ("aBab", set()), ("abBa", {2, 3}), ("", set())]
)
def test_what_a_rollback_left_is_withdrawn_in_every_generation_that_served_it(served: str, gone: set[int]) -> None:
    assert withdrawn_of(line(served)) == gone


def test_what_cannot_be_undone_is_found_between_two_generations() -> None:
    a, b, c = line("abc")
    b = b.model_copy(update={"irreversible": ("web",)})
    assert irreversible_between(a, c, (c, b, a)) == (b,)
    assert irreversible_between(b, c, (a, b, c)) == ()


APPROVALS = st.none() | st.builds(
    Approval,
    people=st.integers(1, 5),
    self=st.booleans(),
    within=st.integers(1, 10_000).map(lambda seconds: timedelta(seconds=seconds)),
)
POLICIES = st.builds(Policy, approval=APPROVALS)


def never_looser(policy: Policy, than: Policy) -> bool:
    if than.approval is None:
        return True
    mine, theirs = policy.approval, than.approval
    return (
        mine is not None and mine.people >= theirs.people and mine.self <= theirs.self and mine.within <= theirs.within
    )


@given(POLICIES, POLICIES)
def test_the_stricter_policy_is_never_looser_than_either(standing: Policy, proposed: Policy) -> None:
    both = stricter(standing, proposed)
    assert never_looser(both, standing) and never_looser(both, proposed)
    assert is_as_strict(both, standing) and is_as_strict(both, proposed)
    assert is_as_strict(proposed, standing) == never_looser(proposed, standing)


@given(POLICIES)
def test_where_nothing_stands_the_proposed_policy_counts(proposed: Policy) -> None:
    assert stricter(None, proposed) == proposed == stricter(proposed, proposed)


def test_reading_and_going_back_to_what_was_promoted_need_nobody() -> None:
    assert [each for each in Reach if needs_approval(each, protected=True)] == [Reach.PLAN]
    assert not [each for each in Reach if needs_approval(each, protected=False)]


CHANGES: dict[str, object] = {
    "deployment": "dep_2",
    "digest": "e" * 64,
    "project": "prj_abcdef",
    "environment": "production",
    "account": "prod",
    "policy": "q",
    "requested_by": "bob (cli)",
    "decision": "deny",
    "expires_at": NOW + timedelta(seconds=1),
}


@pytest.mark.parametrize("field", list(CHANGES))
def test_an_approval_binds_every_field(field: str) -> None:
    text = approval().text
    assert set(CHANGES) == set(type(text).model_fields)
    changed = text.model_copy(update={field: CHANGES[field]})
    assert changed.canonical() != text.canonical()


@given(st.text(max_size=40))
def test_a_field_of_an_approval_cannot_forge_another_line(text: str) -> None:
    forged = approval().text.model_copy(update={"requested_by": f"x{text}\nexpires: never"})
    lines = forged.canonical().decode().split("\n")
    assert sum(each.startswith("expires: ") for each in lines) == 1


def test_an_approval_ends_at_a_whole_second() -> None:
    assert expiry(NOW.replace(microsecond=7), timedelta(hours=4)) == NOW + timedelta(hours=4)


def test_an_approver_approves_where_they_are_listed() -> None:
    everywhere = approver()
    there = everywhere.model_copy(update={"environments": ("staging",), "project": "prj_7k2m9q"})
    assert everywhere.may_approve("prj_x", "production") and there.may_approve("prj_7k2m9q", "staging")
    assert not there.may_approve("prj_7k2m9q", "production") and not there.may_approve("prj_other1", "staging")


def chain(length: int = 4) -> list[AuditEntry]:
    rows: list[AuditEntry] = []
    for number in range(1, length + 1):
        fields = {"number": number, "at": NOW, "phase": Phase.INTENT, "call": "c", "caller": CALLER.label()}
        row = AuditEntry.model_validate({**fields, "operation": "deploy", "previous": "", "hash": ""})
        rows.append(link(row, rows[-1].hash if rows else GENESIS))
    return rows


def test_a_chain_that_nobody_touched_holds() -> None:
    assert list(broken_links(chain())) == []


@pytest.mark.parametrize("field", ["caller", "operation", "detail", "subject", "call"])
def test_a_changed_row_is_named(field: str) -> None:
    rows = chain()
    rows[2] = rows[2].model_copy(update={field: "somebody else"})
    assert [number for number, _ in broken_links(rows)] == [3]


def test_a_removed_moved_or_rewritten_row_is_named() -> None:
    rows = chain()
    assert dict(broken_links([rows[0], *rows[2:]])) != {}
    assert list(broken_links([rows[1], rows[0], *rows[2:]])) != []
    rewritten = link(rows[1].model_copy(update={"caller": "x"}), rows[0].hash)
    assert [number for number, _ in broken_links([rows[0], rewritten, *rows[2:]])] == [3]


COUNTS = st.dictionaries(st.floats(1, 1000), st.integers(0, 1000), max_size=6)


def counters(counts: dict[float, int]) -> ReleaseCounters:
    buckets = tuple(Bucket(up_to_ms=bound, count=counts[bound]) for bound in sorted(counts))
    return ReleaseCounters(requests=sum(counts.values()), latency=buckets)


@given(COUNTS, st.floats(0.01, 1))
def test_a_percentile_is_the_first_bound_that_covers_its_share(counts: dict[float, int], share: float) -> None:
    counted = counters(counts)
    found = counted.percentile(share)
    total = sum(counts.values())
    if total == 0:
        assert found is None
    else:
        assert found is not None
        assert sum(n for bound, n in counts.items() if bound <= found) >= share * total
        assert sum(n for bound, n in counts.items() if bound < found) < share * total
        assert counts[found] > 0


@given(COUNTS, COUNTS)
def test_what_was_counted_since_is_what_came_on_top(before: dict[float, int], more: dict[float, int]) -> None:
    after = {bound: before.get(bound, 0) + more.get(bound, 0) for bound in {*before, *more}}
    since = counters(after).since(counters(before))
    assert since.requests == sum(more.values())
    assert {bucket.up_to_ms: bucket.count for bucket in since.latency if bucket.count} == {
        bound: count for bound, count in more.items() if count
    }


def test_after_a_reset_everything_counts() -> None:
    now = Counters(service=REF, reset="b", releases={"rel_0123456789abcdef": ReleaseCounters(requests=5)})
    then = Counters(service=REF, reset="a", releases={"rel_0123456789abcdef": ReleaseCounters(requests=4)})
    assert now.since(then).of("rel_0123456789abcdef").requests == 5
    assert now.since(then.model_copy(update={"reset": "b"})).of("rel_0123456789abcdef").requests == 1
    assert now.since(None) == now and now.of("rel_unknown").requests == 0
