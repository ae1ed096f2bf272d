"""What the demo says it has proved was reached, and what was not reached is said."""

from typing import Any

from demo.judging import Point, judge


def report(**changed: Any) -> dict[str, Any]:
    return {
        "requests": 60_000,
        "posts": 30_000,
        "failed": 0,
        "stale": 0,
        "rate": 1199.7,
        "seconds": 50.0,
        "latency_ms": {"p50": 2.0, "p99": 31.5, "max": 80.0},
        "by_version": {"good": {"ok": 59_958}, "bad": {"errors_5xx": 42}},
        "examples": [],
        **changed,
    }


def judged(**changed: Any) -> tuple[Point, Point]:
    failures, rate = judge(report(**changed), "bad", 1200)
    return failures, rate


def test_what_the_bad_version_does_by_itself_is_no_failure() -> None:
    failures, rate = judged()
    assert failures.proved and rate.proved
    assert failures.how == "0 failed, 0 stale of 60,000 (30,000 POST); errors of good versions 0, of v3 42"
    assert rate.how == "1,200/s over 50 s; p50 2.0 ms, p99 31.5 ms"


def test_fewer_requests_a_second_than_promised_are_not_proved_and_the_machine_was_too_busy() -> None:
    failures, rate = judged(rate=746.2)
    assert failures.proved and not rate.proved
    assert rate.what == "all of it under at least 1,000 requests a second"
    assert rate.how.startswith("746/s over 50 s; ")
    assert "This machine was too busy (load average " in rate.how and "run it again when it is quieter" in rate.how


def test_of_fewer_requests_that_were_to_be_sent_fewer_are_promised() -> None:
    _, rate = judge(report(rate=50.5), "bad", 60)
    assert rate.proved and rate.what == "all of it under at least 50 requests a second"
    assert not judge(report(rate=49.0), "bad", 60)[1].proved


def test_a_failed_a_stale_and_a_good_versions_error_are_failures() -> None:
    example = {"request": 7, "kind": "reset"}
    for changed in ({"failed": 1}, {"stale": 1}, {"by_version": {"good": {"errors_5xx": 1}}}):
        failures, _ = judged(**changed, examples=[example])
        assert not failures.proved and failures.how.endswith(f"; the first: {[example]}")
