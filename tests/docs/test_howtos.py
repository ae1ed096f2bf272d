"""The how-tos do what they say, all in one home; those that stop kr8 come last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.tree import ROOT
from tests.support.walkthrough import Walkthrough

HOWTOS = ROOT / "docs" / "howto"
PAGES = (
    "adopt-a-repository",
    "approve-deployments",
    "keep-secrets",
    "make-templates",
    "several-services",
    "run-jobs-by-a-schedule",
    "canary",
    "put-it-on-the-network",
    "ask-again",
    "generate-infrastructure-code",
    "validate-infrastructure-code",
    "generate-a-pipeline",
    "write-policies",
    "when-stuck",
    "back-up-and-restore",
    "upgrade",
    "run-as-a-service",
)


@pytest.fixture(scope="module")
def tour() -> Iterator[Walkthrough]:
    with Walkthrough() as made:
        yield made


@pytest.mark.parametrize("page", PAGES)
def test_a_howto_does_what_it_says(tour: Walkthrough, page: str) -> None:
    tour.begin(page)
    assert tour.page(HOWTOS / f"{page}.md") >= 3


def test_no_howto_is_forgotten() -> None:
    assert {path.stem for path in HOWTOS.glob("*.md")} == set(PAGES)
