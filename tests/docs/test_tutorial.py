"""The tutorial and the how-tos do what they say."""

from __future__ import annotations

from tests.support.tree import ROOT
from tests.support.walkthrough import Walkthrough

DOCS = ROOT / "docs"


def test_the_tutorial_does_what_it_says() -> None:
    with Walkthrough() as tour:
        assert tour.page(DOCS / "tutorial.md") >= 30
