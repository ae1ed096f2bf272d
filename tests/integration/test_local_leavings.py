"""What a service has written where it runs is told before the next version runs elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.plans import NOW
from tests.support.sites import desired, grant, local_site, release

from kr8.domain.finding import Severity
from kr8.domain.release import Release

MADE = NOW.timestamp()


def in_build(made: Release, folder: Path) -> Release:
    """The same release with a folder of its own, of a file that came with it."""
    folder.mkdir()
    write(folder / "main.py", after=-1)
    build = made.build.model_copy(update={"directory": str(folder)})
    return made.model_copy(update={"build": build})


def write(path: Path, after: float = 60) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    os.utime(path, (MADE + after, MADE + after))


def test_files_that_a_service_keeps_where_it_runs_are_named_before_they_are_left_behind(tmp_path: Path) -> None:
    with local_site(tmp_path) as site:

        async def story() -> None:
            one = in_build(release(site, "a"), tmp_path / "one")
            two = in_build(release(site, "b"), tmp_path / "two")
            again = two.model_copy(update={"build": one.build})
            await site.target.deliver(one, grant(site))
            async for _ in site.target.converge(desired(site, (one, 1, None)), grant(site)):
                pass
            after = desired(site, (two, 1, None))
            for quiet in ("__pycache__/main.pyc", ".cache/x", "node_modules/y", ".env.local"):
                write(tmp_path / "one" / quiet)
            (tmp_path / "one" / "link").symlink_to("main.py")
            assert await site.target.check(after, two) == (), "nothing but caches"
            for number in range(7):
                write(tmp_path / "one" / "data" / f"shop{number}.db")
            write(tmp_path / "one" / "ig\nnore.db")
            for comes in (two, None):
                (finding,) = await site.target.check(after, comes)
                assert (finding.rule, finding.severity) == ("written_where_it_runs", Severity.MEDIUM)
                assert finding.untrusted_places[:2] == ("ig\\nnore.db", "data/shop0.db"), "words of one line"
                assert len(finding.untrusted_places) == 5 and "HOME" in finding.mend
            assert await site.target.check(after, again) == (), "it goes on in the same build"
            assert (
                await site.target.check(
                    desired(site, (two, 1, None), name="api"), two.model_copy(update={"listen": None})
                )
                == ()
            )

        site.play(story)
