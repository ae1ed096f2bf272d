"""What to run, and how it ended."""

from __future__ import annotations

import signal as signals
from pathlib import Path
from typing import Literal

from pydantic import Field

from kr8.domain.model import Model

Limit = Literal["time", "output", "disk"]


class DiskLimit(Model):
    """How much the files below a directory may take while a command runs."""

    directory: Path
    bytes: int = Field(gt=0)


class Command(Model):
    """A program with its arguments; never a line for a shell."""

    argv: tuple[str, ...] = Field(min_length=1)
    cwd: Path
    env: dict[str, str] = Field(default_factory=dict[str, str])
    """What it is given besides PATH, HOME, LANG and TMPDIR; nothing else is inherited."""
    stdin: bytes = b""
    limit_seconds: float = Field(default=60, gt=0)
    grace_seconds: float = Field(default=2, ge=0)
    """How long it may take to end after SIGTERM when a limit was met."""
    output_limit: int = Field(default=64 << 20, gt=0)
    """The bytes that it may print, both streams together."""
    disk: DiskLimit | None = None
    memory: int | None = None
    """The bytes of address space that each of its processes may have."""
    data: int | None = None
    """The bytes that each of its processes may have to write; address space that is only reserved does not count."""
    allowed: dict[str, int] | None = None
    """What it may do with files: rights by their path, as `kr8.sandbox` has them; None: whatever its user may."""
    offline: bool = False
    """Whether TCP is withheld from it, too: where there are rules for files, and the kernel can."""
    stdout: Path | None = None
    """A file that takes what it prints; it counts for no limit."""


class Ended(Model):
    """How a command ended."""

    exit: int | None
    """Its exit code; None: a signal ended it."""
    signal: int | None = None
    limit: Limit | None = None
    """The limit for which it was stopped."""
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0.0

    def ok(self) -> bool:
        """Whether it ended by itself, with 0."""
        return self.exit == 0 and self.limit is None

    def how(self) -> str:
        """In words, how it ended."""
        if self.limit is not None:
            return f"it met its {self.limit} limit after {self.seconds:.1f} s"
        if self.signal is not None:
            return f"signal {_signal_name(self.signal)} ended it"
        return f"it ended with exit code {self.exit}"

    def last_words(self, count: int = 20) -> tuple[str, ...]:
        """The last whole lines of stderr, or else of stdout: untrusted text."""
        said = (self.stderr or self.stdout).decode(errors="replace")
        whole = said.rpartition("\n")[0] if self.limit == "output" else said
        return tuple(whole.splitlines())[-count:]


def _signal_name(number: int) -> str:
    names = {signal.value: signal.name for signal in signals.Signals}
    return names.get(number, str(number))
