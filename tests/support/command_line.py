"""The command line as a process, on pipes or on a pseudo-terminal."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_S = 30.0


@dataclass
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    error: str

    @property
    def value(self) -> Any:
        """Its output as JSON."""
        return json.loads(self.out)


class CommandLine:
    """Runs the installed `kr8` with a home and a folder of its own."""

    def __init__(self, home: Path, directory: Path) -> None:
        self.home = home
        self.directory = directory

    def argv(self, *arguments: str) -> list[str]:
        """The command line of a process."""
        return [str(Path(sys.executable).parent / "kr8"), *arguments]

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of a process."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("NO_COLOR", "TERM", "COLUMNS", "PYTHONDONTWRITEBYTECODE")
        }
        return {**kept, "KR8_HOME": str(self.home), "TERM": "xterm", **more}

    def run(self, *arguments: str, source: str = "", **more: str) -> Done:
        """Run to the end on pipes."""
        done = subprocess.run(
            self.argv(*arguments),
            input=source,
            capture_output=True,
            text=True,
            env=self.environ(**more),
            cwd=self.directory,
            timeout=LIMIT_S,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def terminal(self, *arguments: str, **more: str) -> "Terminal":
        """Start on a terminal."""
        return Terminal(self.argv(*arguments), self.environ(**more), self.directory)


class Terminal:
    """A process on a pseudo-terminal: everything it prints, and keys to press."""

    def __init__(self, argv: Sequence[str], environ: dict[str, str], directory: Path) -> None:
        self.text = ""
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            os.chdir(directory)
            os.execve(argv[0], list(argv), environ)

    def expect(self, text: str) -> str:
        """Read until a text stands there; what was read so far."""
        deadline = time.monotonic() + LIMIT_S
        while text not in self.text:
            assert time.monotonic() < deadline and self._read(1.0) is not False, f"{text!r} never came:\n{self.text}"
        return self.text

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + LIMIT_S
        while self._read(1.0) is not False:
            assert time.monotonic() < deadline, f"it does not end:\n{self.text}"
        os.close(self._master)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _read(self, wait_s: float) -> bool | None:
        """Whether something came; False at the end, None where nothing came in time."""
        if not select.select([self._master], [], [], wait_s)[0]:
            return None
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.text += data.decode(errors="replace")
        return bool(data)
