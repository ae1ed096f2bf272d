"""Exit codes that outlive the supervisor: a fixed shell line writes them down after the command."""

import contextlib
from pathlib import Path

from kr8.supervisor.process import Exit

_LINE = '"$@"; code=$?; echo $code > "$0.new" && mv "$0.new" "$0"; exit $code'
_BY_SIGNAL = 128


def exit_file(folder: Path) -> Path:
    return folder / "exit"


def wrapped(argv: tuple[str, ...], path: Path) -> tuple[str, ...]:
    """The command, with its exit code written to `path`."""
    return ("/bin/sh", "-c", _LINE, str(path), *argv)


def recorded(path: Path) -> Exit:
    """What was written down; the shell says 128 + n for signal n."""
    with contextlib.suppress(OSError, ValueError):
        code = int(path.read_text())
        return Exit(signal=code - _BY_SIGNAL) if code > _BY_SIGNAL else Exit(code=code)
    return Exit()
