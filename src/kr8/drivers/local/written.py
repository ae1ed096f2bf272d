"""What a service has written where it runs: each version has a build of its own, and the next one does not see it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from kr8.domain.finding import Finding, Severity
from kr8.domain.release import Release
from kr8.domain.shortened import shortened

MOST_LOOKED_AT = 5000
"""Entries of a build that are looked at: what keeps data keeps it near where it runs."""
MOST_NAMED = 5
LONGEST_NAME = 120
CACHES = frozenset({"__pycache__", "node_modules"})


def written_where_it_runs(serving: Release, next_one: Release | None) -> tuple[Finding, ...]:
    """A finding where what serves now has files of its own in a build that the next release does not run in."""
    if next_one is not None and next_one.build.directory == serving.build.directory:
        return ()
    found = tuple(islice(written(serving.build.directory, serving.build.made_at), MOST_NAMED))
    return (_finding(serving, found),) if found else ()


def written(folder: str, since: datetime) -> Iterator[str]:
    """Files that were written after an instant, by their paths, without caches and what begins with a dot."""
    for path, name in islice(_files(folder), MOST_LOOKED_AT):
        try:
            status = os.lstat(path)
        except OSError:
            continue  # it is gone again
        if stat.S_ISREG(status.st_mode) and status.st_mtime > since.timestamp():
            yield shortened(ascii(name)[1:-1], LONGEST_NAME)


def _files(folder: str) -> Iterator[tuple[str, str]]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in CACHES and not each.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                path = os.path.join(where, name)  # noqa: PTH118 - a text in the build's record
                yield path, os.path.relpath(path, folder)


def _finding(serving: Release, found: tuple[str, ...]) -> Finding:
    return Finding(
        rule="written_where_it_runs",
        severity=Severity.MEDIUM,
        what=f"{serving.name} has written files where it runs, and what comes after it does not see them.",
        why="Each version has a build of its own, which goes when no release needs it any more.",
        mend="Have it keep them below HOME, a folder of its own that stays, and copy there what must not be lost from "
        f"{serving.build.directory}",
        place=f"services.{serving.name}.run",
        untrusted_places=found,
    )
