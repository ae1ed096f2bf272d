"""What each gate says, by what it reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.payloads import PAYLOADS, has_payload

from kr8.domain.chance import lower_bound
from kr8.domain.project import Objectives
from kr8.domain.stage import Call, Reading, Stage, Verdict
from kr8.domain.target import (
    Answer,
    Bucket,
    Desired,
    Failure,
    FailureCode,
    Observed,
    ObservedShare,
    ReleaseCounters,
    ServiceRef,
)
from kr8.gates import errors, health, latency, monitoring, traffic, version
from kr8.workflows.board import GATES, judge

REF = ServiceRef(project="prj_7k2m9q", environment="staging", name="web")
NEW, OLD = "rel_" + "a" * 16, "rel_" + "b" * 16
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def observed(ready: int = 2, *, settled: bool = True, failed: str | None = None) -> Observed:
    failure = Failure(code=FailureCode.EXITED, what="it ended", instance="i", release=failed) if failed else None
    share = ObservedShare(release=NEW, wanted=2, ready=ready, traffic=100)
    return Observed(service=REF, shares=(share,), settled=settled, failure=failure)


def stage(**changes: Any) -> Stage:
    return Stage.model_validate({"name": "switch", "desired": Desired(service=REF), "gates": tuple(GATES), **changes})


def reading(**changes: Any) -> Reading:
    whole: dict[str, Any] = {
        "release": NEW,
        "version": "v2",
        "counters": ReleaseCounters(),
        "observed": observed(),
        "stage": stage(),
    }
    return Reading.model_validate({**whole, **changes})


def counted(requests: int, failed: int = 0, ms: float = 10) -> ReleaseCounters:
    return ReleaseCounters(requests=requests, errors=failed, latency=(Bucket(up_to_ms=ms, count=requests),))


@pytest.mark.parametrize(
    ("requests", "failed", "says"),
    [
        (0, 0, Call.GO),
        (10, 1, Call.GO),
        (2, 2, Call.GO),  # one or two failures are chance
        (10, 3, Call.BACK),
        (100, 30, Call.BACK),
        (10_000, 100, Call.GO),  # just what is allowed
        (10_000, 150, Call.BACK),
        (1000, 14, Call.GO),  # more than allowed, and still within chance
    ],
)
def test_errors_send_back_as_soon_as_they_cannot_be_chance(requests: int, failed: int, says: Call) -> None:
    assert errors.judge(reading(counters=counted(requests, failed))).call is says


@given(st.integers(0, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_lower_bound_is_between_nothing_and_the_share_itself(counts: tuple[int, int]) -> None:
    failed, requests = counts
    bound = lower_bound(failed, requests)
    assert 0 <= bound <= (failed / requests if requests else 0) + 1e-12


@given(st.integers(1, 10**5).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_the_lower_bound_grows_with_failures_and_with_certainty(counts: tuple[int, int]) -> None:
    failed, requests = counts
    assert lower_bound(failed, requests) <= lower_bound(failed + 1, requests)
    assert lower_bound(failed, requests) <= lower_bound(failed * 10, requests * 10) + 1e-12
    assert lower_bound(failed, requests, z=3) <= lower_bound(failed, requests, z=2) + 1e-12


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (observed(), Call.GO),
        (observed(1), Call.WAIT),
        (observed(settled=False), Call.WAIT),
        (observed(failed=NEW), Call.BACK),
        (observed(failed=OLD), Call.GO),
        (Observed(service=REF, settled=True), Call.WAIT),
    ],
)
def test_health_waits_for_instances_and_goes_back_on_failed_ones(seen: Observed, says: Call) -> None:
    assert health.judge(reading(observed=seen)).call is says


@pytest.mark.parametrize(
    ("promised", "ms", "requests", "says"),
    [
        (None, 9999, 1000, Call.GO),
        (300, 250, 1000, Call.GO),
        (300, 350, 1000, Call.BACK),
        (300, 350, 199, Call.BACK),
        (300, 350, 3, Call.BACK),  # all of them slow: no chance makes that of one in a hundred
        (300, 350, 0, Call.GO),
    ],
)
def test_latency_is_judged_where_something_is_promised(
    promised: int | None, ms: float, requests: int, says: Call
) -> None:
    slo = Objectives(p99=timedelta(milliseconds=promised) if promised else None)
    assert latency.judge(reading(slo=slo, counters=counted(requests, ms=ms))).call is says


@pytest.mark.parametrize(
    ("requests", "slow", "wanted", "inconclusive", "elapsed", "says"),
    [
        (50, 0, 50, "hold", 9, Call.GO),
        (50, 1, 50, "hold", 0, Call.WAIT),  # the 99th percentile of fewer than a hundred is the slowest
        (50, 1, 50, "hold", 9, Call.WAIT),
        (50, 1, 50, "back", 0, Call.WAIT),
        (50, 1, 50, "back", 9, Call.BACK),
        (100, 1, 50, "back", 9, Call.GO),  # one in a hundred may be slow
        (150, 2, 50, "hold", 9, Call.WAIT),
        (199, 3, 50, "hold", 9, Call.WAIT),
        (200, 3, 50, "hold", 0, Call.BACK),  # so many are enough
        (40, 3, 50, "hold", 0, Call.BACK),  # that cannot be chance
        (50, 1, 0, "back", 9, Call.GO),  # a strategy that asks for no traffic is not held up by the lack of it
    ],
)
def test_latency_of_too_few_requests_is_inconclusive_and_no_pass(
    requests: int, slow: int, wanted: int, inconclusive: str, elapsed: float, says: Call
) -> None:
    buckets = (Bucket(up_to_ms=100, count=requests - slow), Bucket(up_to_ms=900, count=slow))
    verdict = latency.judge(
        reading(
            slo=Objectives(p99=timedelta(milliseconds=300)),
            counters=ReleaseCounters(requests=requests, latency=buckets),
            stage=stage(min_requests=wanted, inconclusive=inconclusive, watch="5s"),
            elapsed=elapsed,
        )
    )
    assert verdict.call is says, verdict.why
    assert says is Call.GO or f"{slow} of {requests} requests were slower" in verdict.why


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, Call.WAIT),
        (Answer(status=None, error="refused"), Call.WAIT),
        (Answer(status=200), Call.GO),
        (Answer(status=204), Call.GO),
        (Answer(status=404), Call.BACK),
        (Answer(status=500), Call.BACK),
    ],
)
def test_monitoring_waits_for_the_metrics_and_goes_back_where_there_are_none(answer: Answer | None, says: Call) -> None:
    assert monitoring.judge(reading(metrics=answer)).call is says


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, Call.WAIT),
        (Answer(status=None), Call.WAIT),
        (Answer(status=200, release=OLD), Call.WAIT),
        (Answer(status=200), Call.WAIT),
        (Answer(status=200, release=NEW), Call.GO),
        (Answer(status=200, release=NEW, version="v2"), Call.GO),
        (Answer(status=200, release=NEW, version="v1"), Call.BACK),
    ],
)
def test_the_version_that_answers_must_be_the_one_that_was_deployed(answer: Answer | None, says: Call) -> None:
    assert version.judge(reading(through=answer)).call is says


def test_what_a_service_says_is_its_version_is_no_part_of_the_reason() -> None:
    for payload in PAYLOADS:
        said = version.judge(reading(through=Answer(status=200, release=NEW, version=payload)))
        assert (said.call, said.untrusted) == (Call.BACK, payload) and not has_payload(said.why)


@pytest.mark.parametrize(
    ("requests", "elapsed", "inconclusive", "says"),
    [
        (500, 0, "hold", Call.GO),
        (499, 0, "hold", Call.WAIT),
        (499, 60, "hold", Call.WAIT),
        (499, 0, "back", Call.WAIT),
        (499, 60, "back", Call.BACK),
    ],
)
def test_too_little_traffic_is_never_a_pass(requests: int, elapsed: float, inconclusive: str, says: Call) -> None:
    judged = stage(min_requests=500, inconclusive=inconclusive, watch=timedelta(seconds=60))
    found = traffic.judge(reading(counters=counted(requests), stage=judged, elapsed=elapsed))
    assert found.call is says


def test_a_stage_goes_on_when_every_gate_does_and_the_watch_is_over() -> None:
    good = {"metrics": Answer(status=200), "through": Answer(status=200, release=NEW)}
    watched = stage(watch=timedelta(seconds=5))
    verdict, records = judge(reading(**good, stage=watched, elapsed=4.0))
    assert verdict.call is Call.WAIT and "another 1 s" in verdict.why
    assert {record.gate for record in records} == set(GATES) == set(watched.gates)
    assert judge(reading(**good, stage=watched, elapsed=5.0))[0].call is Call.GO


def test_one_gate_that_says_back_outweighs_all_that_wait_or_go() -> None:
    verdict, _ = judge(reading(counters=counted(100, 50)))
    assert verdict.call is Call.BACK and verdict.why.startswith("errors: ")


def broken(_: Reading) -> Verdict:
    raise ZeroDivisionError("division by zero")


def test_a_named_gate_that_is_gone_or_breaks_is_no_pass() -> None:
    for name, why in (("gone", "gone: this gate is not installed here"), ("broken", "broken: the gate itself broke")):
        verdict, records = judge(reading(stage=stage(gates=(name,))), {"broken": broken})
        assert verdict.call is Call.BACK and verdict.why.startswith(why)
        assert [(record.gate, record.verdict) for record in records] == [(name, "back")]
