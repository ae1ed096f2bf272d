"""Where the daemon, and each tool that it runs, puts what is for a moment only."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kr8.bridge.home import Home
from kr8.settings import SettingError


def settle(home: Home) -> None:
    """Have every temporary file of this process, and of what it starts, lie in the home; remove what others left.

    What kr8 builds and runs has the same user and may write where temporary files lie otherwise: it could put
    something else there between writing and reading. The home is closed to it (ADR 0039). Whoever calls this has the
    home. Raises SettingError where the folder cannot be made.
    """
    import tempfile  # noqa: PLC0415 - the sockets are open first

    folder = Path(home.tmp)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        _empty(folder)
    except OSError as error:
        raise SettingError(home.unusable(error)) from error
    # Tools name files by their real paths; and a folder that is set is never silently another one.
    tempfile.tempdir = os.environ["TMPDIR"] = os.path.realpath(folder)


def _empty(folder: Path) -> None:
    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
