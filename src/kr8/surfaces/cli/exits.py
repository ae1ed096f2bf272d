"""What the exit code of a command says."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of kr8, the same for every command and for `--json`."""

    OK = 0
    """Done, or shown."""
    REFUSED = 1
    """The operation was refused or failed, as its problem says; or what was checked does not hold."""
    USAGE = 2
    """The command line, or an argument in it, is wrong; nothing was done."""
    NOT_SUCCEEDED = 3
    """The deployment ended otherwise than asked: failed, rolled back, cancelled, stale, superseded or stuck."""
    WAITING_FOR_APPROVAL = 4
    """The plan is made and waits for a person's approval; nothing that runs was changed."""
    UNKNOWN = 5
    """Nobody knows whether it was done: look before you try again."""
    UNREACHABLE = 6
    """The daemon could not be reached or started; nothing was asked of it."""
    NOT_CONFIRMED = 7
    """A plan was shown and nobody said yes to it; nothing that runs was changed."""
    FINDINGS = 8
    """The check ran, and found something."""
    INCOMPLETE = 9
    """Nothing was found, but not everything could be checked, or there was nothing to check: no pass."""
    CONFLICT = 10
    """Some files are as they were: what is generated does not go together with what was changed by hand."""
    DETACHED = 130
    """Ctrl-C: kr8 stopped watching. A deployment that runs goes on."""
    READER_GONE = 141
    """Whatever read the output has closed it."""


USAGE_CODES = frozenset({"usage", "unknown_argument", "missing_argument", "invalid_argument"})


def exit_code(code: str, outcome: str) -> ExitCode:
    """The exit code of a problem, by its code and its outcome."""
    if outcome == "unknown":
        return ExitCode.UNKNOWN
    return ExitCode.USAGE if code in USAGE_CODES else ExitCode.REFUSED
