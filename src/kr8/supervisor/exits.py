"""Exit codes that outlive the supervisor: a fixed shell line writes them down after the command.

It writes to its standard input, which is the file: a command that is kept in may not open it.
"""

import contextlib
import errno
import os
from collections.abc import Generator, Sequence
from pathlib import Path

from kr8.supervisor.process import Exit

_LINE = '"$@" </dev/null; code=$?; echo $code >&0; exit $code'
_BY_SIGNAL = 128


def exit_file(folder: Path) -> Path:
    return folder / "exit"


def wrapped(argv: tuple[str, ...], given: Sequence[int]) -> tuple[str, ...]:
    """The command, with its exit code written to what is its standard input.

    What is given descriptors is a launcher, which becomes what is behind its first `--`. The shell comes only there: it
    stays as long as the command, which may take every descriptor out of it.
    """
    begin = argv.index("--") + 1 if given else 0
    return (*argv[:begin], "/bin/sh", "-c", _LINE, "sh", *argv[begin:])


@contextlib.contextmanager
def written(path: Path) -> Generator[int]:
    """A descriptor to write an exit code to. A disk too full for one costs the code, not the command."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        descriptor = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def recorded(path: Path) -> Exit:
    """What was written down; the shell says 128 + n for signal n."""
    with contextlib.suppress(OSError, ValueError):
        code = int(path.read_text())
        return Exit(signal=code - _BY_SIGNAL) if code > _BY_SIGNAL else Exit(code=code)
    return Exit()
