"""Dependencies are passed in, so tests have next to nothing to patch."""

from bench.source import PATCHES_A_TEST, patches


def test_next_to_nothing_is_patched() -> None:
    found = patches()
    assert found.a_test <= PATCHES_A_TEST, "\n".join(found.places)
