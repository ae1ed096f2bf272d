"""A number is judged by its worst measurement where each one was promised, and told as a person reads it."""

from bench.row import at_most, typical, worst

RESUMED = [0.9750077724456787, 0.9856150150299072, 1.0338518619537354, 0.9865667819976807, 1.0063068866729736]


def test_the_worst_of_all_decides_and_the_median_stands_beside_it() -> None:
    row = worst("resumed", 1.0, RESUMED, "s")
    assert not row.met
    assert row.line() == "| resumed, the worst | ≤ 1 s | 1.034 s | **no** | of 5: median 0.987 s |"


def test_the_median_decides_where_one_is_promised_and_the_worst_stands_beside_it() -> None:
    row = typical("a call, p50", 1.0, RESUMED, "ms", note="by nobody")
    assert row.met
    assert row.line() == "| a call, p50 | ≤ 1 ms | 0.987 ms | yes | of 5: worst 1.034 ms; by nobody |"


def test_nothing_is_told_to_more_digits_than_the_number_itself() -> None:
    assert worst("return", 100, [43.666999999999994, 34.1], "ms", digits=0).line() == (
        "| return, the worst | ≤ 100 ms | 44 ms | yes | of 2: median 39 ms |"
    )
    assert at_most("files", 80, 60, "lines", digits=0).line() == "| files | ≤ 80 lines | 60 lines | yes |  |"
