"""Who has the address that a service shall take, on this machine."""

from __future__ import annotations

from pathlib import Path

from tests.support.plans import SHOP
from tests.support.sites import desired, grant, local_site, release


def test_an_address_that_another_service_of_kr8_has_is_named_with_it_and_nobody_is_told_to_end_kr8(
    tmp_path: Path,
) -> None:
    with local_site(tmp_path) as site:

        async def story() -> None:
            one = release(site, "a")
            await site.target.deliver(one, grant(site))
            async for _ in site.target.converge(desired(site, (one, 1, None)), grant(site)):
                pass
            (finding,) = await site.target.check(desired(site, (one, 1, None), name="api"), one)
            assert finding.rule == "port_taken"
            assert f"web of staging in {SHOP}" in finding.what
            assert f"kr8 down staging --project {SHOP}" in finding.mend and "End" not in finding.mend

        site.play(story)
