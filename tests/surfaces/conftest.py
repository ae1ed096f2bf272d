"""A test house for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.surfaces.house.process import House, RawBridge, a_house


@pytest.fixture
def house() -> Iterator[House]:
    with a_house() as made:
        yield made


@pytest.fixture
def bridge(house: House) -> Iterator[RawBridge]:
    made = RawBridge(house)
    yield made
    made.close()
