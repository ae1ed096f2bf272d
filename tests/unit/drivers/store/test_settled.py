"""What became of a commit without an answer."""

import pytest

from kr8.domain.problem import Outcome
from kr8.drivers.store.settled import Values, Write, settled
from kr8.drivers.store.tables import projects

KEY = {"id": "prj_aaaaaa"}
OLD = {"name": "old"}
NEW = {"name": "new"}
OTHER = {"name": "other"}


@pytest.mark.parametrize(
    ("before", "after", "now", "outcome"),
    [
        (OLD, NEW, NEW, Outcome.DONE),
        (OLD, NEW, OLD, Outcome.NOT_STARTED),
        (OLD, NEW, OTHER, Outcome.UNKNOWN),
        (OLD, NEW, None, Outcome.UNKNOWN),
        (None, NEW, NEW, Outcome.DONE),
        (None, NEW, None, Outcome.NOT_STARTED),
        (None, NEW, OTHER, Outcome.UNKNOWN),
        (OLD, None, None, Outcome.DONE),
        (OLD, None, OLD, Outcome.NOT_STARTED),
    ],
)
def test_a_row_tells_what_became_of_its_write(
    before: Values | None, after: Values | None, now: Values | None, outcome: Outcome
) -> None:
    assert settled([Write(projects, KEY, before, after)], [now]) is outcome


def test_only_the_columns_that_were_written_count() -> None:
    assert settled([Write(projects, KEY, OLD, NEW)], [NEW | {"document": "by somebody else"}]) is Outcome.DONE


def test_rows_that_disagree_are_unknown() -> None:
    writes = [Write(projects, KEY, OLD, NEW), Write(projects, {"id": "prj_bbbbbb"}, OLD, NEW)]
    assert settled(writes, [NEW, OTHER]) is Outcome.UNKNOWN
    assert settled(writes, [NEW, OLD]) is Outcome.UNKNOWN


def test_a_transaction_that_wrote_nothing_is_done() -> None:
    assert settled([], []) is Outcome.DONE
