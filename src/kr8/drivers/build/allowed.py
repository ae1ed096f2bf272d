"""What a build may do with this machine's files (ADR 0039)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kr8.drivers.build.environment import CACHES, CONFIGURATION, PASSED
from kr8.drivers.build.places import Place
from kr8.sandbox.enclosure import rules
from kr8.sandbox.landlock import READ, WRITE
from kr8.sandbox.places import for_builds, for_trials
from kr8.sandbox.programs import installed

NOT_KEPT_IN = "not sandboxed: the kernel has no Landlock, so this build can read and write all that kr8 can"


def allowed(home: Path, place: Place, env: Mapping[str, str]) -> dict[str, int]:
    """The rules of a build: it reads the system, and writes its own folders, what builds share, and temporary files.

    Of kr8's home it has those folders and no more: not its own record either. Makes the folders of downloads.
    """
    return _with_own(for_builds(os.path.realpath(home)), place, env)


def allowed_alone(home: Path, place: Place, env: Mapping[str, str], operators: Path) -> dict[str, int]:
    """The rules of a trial: it writes what nobody else has, and reads no home of a user.

    `operators`: the home of the user that kr8 runs as, of which it reads programs and the settings of packages.
    """
    settings = [str(operators / name) for name in CONFIGURATION] + [env[name] for name in PASSED & env.keys()]
    read = (*installed(env["PATH"]), *settings)
    return _with_own(for_trials(os.path.realpath(home), [str(operators)], read), place, env)


def _with_own(places: Mapping[str, int], place: Place, env: Mapping[str, str]) -> dict[str, int]:
    own = [place.files, place.home, place.scratch, *(Path(env[name]) for name in CACHES)]
    for folder in own:
        with suppress(OSError):  # the operator's cache may be one that nobody can make
            folder.mkdir(parents=True, exist_ok=True)
    return rules(READ, {**places, **{os.path.realpath(folder): WRITE for folder in own}})
