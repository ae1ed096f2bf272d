"""For a wrong word the right ones are named, the nearest first."""

from __future__ import annotations

from kr8.domain.nearest import nearest


def test_the_nearest_is_named_first_and_all_are_listed() -> None:
    assert nearest("shp", ["web", "shop"]) == "Did you mean 'shop'? There are: shop, web."
    assert nearest("zzz", ["web", "shop"]) == "There are: shop, web."
    assert nearest("web", []) == "There are none yet."


def test_of_many_it_is_said_how_many_are_not_named() -> None:
    names = [f"rule-{number:02}" for number in range(15)]
    assert nearest("zzz", names).endswith("rule-10, rule-11, and 3 more.")
    assert nearest("rule-14", names).startswith("Did you mean 'rule-14'? There are: rule-14, ")
    assert "more" not in nearest("zzz", names[:12])
