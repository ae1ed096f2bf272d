"""The quick start and the tutorial do what they say, in one home: its builds share what they fetch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.tree import ROOT
from tests.support.walkthrough import Walkthrough


@pytest.fixture(scope="module")
def tour() -> Iterator[Walkthrough]:
    with Walkthrough() as made:
        yield made


def test_the_quick_start_does_what_it_says(tour: Walkthrough) -> None:
    tour.begin("quick-start")
    assert tour.page(ROOT / "README.md") >= 8


def test_the_tutorial_does_what_it_says(tour: Walkthrough) -> None:
    tour.begin("tutorial")
    assert tour.page(ROOT / "docs" / "tutorial.md") >= 30
