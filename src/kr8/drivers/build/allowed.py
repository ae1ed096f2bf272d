"""What a build may do with this machine's files (ADR 0039)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kr8.drivers.build.environment import CACHES
from kr8.drivers.build.places import Place
from kr8.sandbox.enclosure import rules
from kr8.sandbox.landlock import READ, WRITE
from kr8.sandbox.places import for_builds, for_trials

NOT_KEPT_IN = "not sandboxed: the kernel has no Landlock, so this build can read and write all that kr8 can"


def allowed(home: Path, place: Place, env: Mapping[str, str], *, alone: bool = False) -> dict[str, int]:
    """The rules of a build: it reads the system, and writes its own folders, what builds share, and temporary files.

    Of kr8's home it has those folders and no more: not its own record either. Makes the folders of downloads.
    `alone`: it writes nothing that anybody else has.
    """
    own = [place.files, place.home, place.scratch, *(Path(env[name]) for name in CACHES)]
    for folder in own:
        with suppress(OSError):  # the operator's cache may be one that nobody can make
            folder.mkdir(parents=True, exist_ok=True)
    others = for_trials if alone else for_builds
    places = others(os.path.realpath(home)) | {os.path.realpath(folder): WRITE for folder in own}
    return rules(READ, places)
