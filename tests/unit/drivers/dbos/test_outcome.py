"""What a step came to, written down and read back."""

import asyncio
import json

import pytest

from kr8.domain.problem import Outcome, Refused, refuse
from kr8.domain.target import Failure, FailureCode
from kr8.drivers.dbos.outcome import DEPTH, do, explain, raised, read
from kr8.ports.target import Stuck, Unreachable


def mask(text: str) -> str:
    return text.replace("s3cret", "***")


def test_a_value_is_written_as_json_and_read_as_its_type() -> None:
    async def work() -> dict[str, tuple[int, ...]]:
        return {"a": (1, 2)}

    text = asyncio.run(do("count", dict[str, tuple[int, ...]], work, mask))
    assert json.loads(json.loads(text)["value"]) == {"a": [1, 2]}
    assert read(text, dict[str, tuple[int, ...]]) == {"a": (1, 2)}


def test_an_interruption_is_not_written_down() -> None:
    async def work() -> int:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(do("count", int, work, mask))


def test_secrets_are_masked_in_every_text_of_a_problem() -> None:
    problem = refuse("x", "s3cret a", why="s3cret b", mend="s3cret c", output=("s3cret d", "e")).problem
    record = raised(Refused(problem), "step", mask)
    with pytest.raises(Refused) as read_back:
        read(record.model_dump_json(), int)
    masked = read_back.value.problem
    assert (masked.what, masked.why, masked.mend, masked.output) == ("*** a", "*** b", "*** c", ("*** d", "e"))


def test_secrets_are_masked_in_what_a_target_says() -> None:
    release = f"rel_{'0' * 16}"
    failure = Failure(
        code=FailureCode.EXITED, what="said s3cret", instance="api-1", release=release, lines=("s3cret line",)
    )
    for error in (Stuck(failure), Unreachable("at s3cret")):
        text = raised(error, "step", mask).model_dump_json()
        assert "***" in text
        assert "s3cret" not in text


def test_an_unexpected_error_leaves_it_unknown_whether_the_step_was_done() -> None:
    record = raised(OSError("gone"), "deliver", mask)
    with pytest.raises(Refused, match=r"step_failed: The step 'deliver' failed") as refused:
        read(record.model_dump_json(), int)
    problem = refused.value.problem
    assert problem.outcome is Outcome.UNKNOWN and "OSError" in problem.why
    assert problem.output == ("OSError: gone",)


def caught(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as same:
        return same


def test_an_error_is_told_with_its_place_and_its_causes() -> None:
    error = KeyError("a")
    error.__cause__ = caught(OSError("b"))
    assert explain(error).startswith("KeyError: 'a'; caused by OSError: b (test_outcome.py:")


def test_an_error_on_the_way_of_handling_another_tells_of_both_unless_it_was_hidden() -> None:
    error = KeyError("a")
    error.__context__ = OSError("b")
    assert explain(error) == "KeyError: 'a'; caused by OSError: b"
    error.__suppress_context__ = True
    assert explain(error) == "KeyError: 'a'"


def test_a_group_tells_of_each_of_its_errors() -> None:
    assert "[OSError: a, ValueError: b]" in explain(ExceptionGroup("two", [OSError("a"), ValueError("b")]))


def test_a_ring_of_causes_is_told_to_a_limit() -> None:
    first, second = OSError("a"), OSError("b")
    first.__cause__, second.__cause__ = second, first
    assert explain(first).count("OSError") == DEPTH
