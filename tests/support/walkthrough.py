"""Runs a page of the documentation: the commands of its `console` blocks in one shell, their output as it says.

In a block, `$ ` begins a command and `> ` goes on with it; the lines below are fragments of what it must print, in this
order, with `…` for anything. In a command, `word…` stands for the last word printed that begins so: `dep_…` is the
deployment seen last. A comment `# exit code 4` names another exit code than 0. A comment of the page that begins with
`<!-- test` has commands that a reader does not need: they make waits short.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.scene import free_ports

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$|^<!-- test\n(.*?)^-->$", re.MULTILINE | re.DOTALL)
PORT = re.compile(r"(127\.0\.0\.1|localhost):(80\d\d)\b")
WORD = re.compile(r"(\w+)…")
CODE = re.compile(r"# exit code (\d+)$")
LIMIT_S = 120.0
PORTS = range(8000, 8010)
QUICK = 's/(bake|hold) = "[0-9]+[sm]"/\\1 = "400ms"/g; s/kind = "rolling" \\}/kind = "rolling", bake = "200ms" }/'


@dataclass(frozen=True)
class Command:
    """A command of a page, and what it must print."""

    line: int
    text: str
    expected: tuple[str, ...]

    @property
    def code(self) -> int:
        """The exit code that it must have."""
        found = CODE.search(self.text)
        return int(found[1]) if found else 0


def commands_of(page: str) -> list[Command]:
    """The commands of a page, in order."""
    return [
        command
        for block in BLOCK.finditer(page)
        for command in _commands(block[1] or block[2], page.count("\n", 0, block.start()) + 2)
    ]


def _commands(block: str, first: int) -> Iterator[Command]:
    text: list[str] = []
    expected: list[str] = []
    begun = first
    for number, line in enumerate(block.splitlines(), first):
        if line.startswith("$ "):
            if text:
                yield Command(begun, "\n".join(text), tuple(expected))
            text, expected, begun = [line[2:]], [], number
        elif line.startswith("> ") and not expected:
            text.append(line[2:])
        elif line == ">" and not expected:
            text.append("")
        elif line.strip() and line.strip() != "…":
            expected.append(line.strip())
    if text:
        yield Command(begun, "\n".join(text), tuple(expected))


def missing(expected: tuple[str, ...], output: str) -> str | None:
    """The first expected line that the output lacks after the ones before; None where all are there."""
    lines = iter(output.splitlines())
    for wanted in expected:
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("…")))
        if not any(pattern.fullmatch(line.strip()) for line in lines):
            return wanted
    return None


class Walkthrough:
    """One shell with a home of its own. `close` ends every process of it."""

    def __init__(self, **environment: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="k8d-"))
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.seen = ""
        self._reaper = subprocess.Popen(
            [sys.executable, "-m", "demo.reaper", str(self.directory)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=self.directory,
            env=self._environment() | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        git = {"user.name": "Ada", "user.email": "ada@localhost", "commit.gpgsign": "false", "gc.auto": "0"}
        settings = {"init.defaultBranch": "main", **git}
        named = {f"GIT_CONFIG_KEY_{number}": name for number, name in enumerate(settings)}
        values = {f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(settings.values())}
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "KR8_HOME": str(self.directory / "home"),
            "CHECKOUT": str(ROOT),
            "TMPDIR": str(self.directory),
            "PORTS": self._moved(),
            "QUICK": QUICK,
            "GIT_CONFIG_COUNT": str(len(settings)),
            **named,
            **values,
        }

    def _moved(self) -> str:
        """A program of sed that gives a kr8.toml the ports of this run."""
        return ";".join(f"s/127.0.0.1:{told}/127.0.0.1:{real}/g" for told, real in self.ports.items())

    def __enter__(self) -> Walkthrough:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything and remove it."""
        self._shell.kill()
        self._shell.communicate()
        self._reaper.communicate(timeout=60)

    def begin(self, name: str) -> None:
        """A page of its own folder and ports in the home of the pages before."""
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.seen = ""
        self._do(f"mkdir {self.directory}/{name}; cd {self.directory}/{name}; export PORTS='{self._moved()}'")

    def page(self, path: Path) -> int:
        """Run a page from its top; how many commands it had."""
        commands = commands_of(path.read_text())
        for command in commands:
            self.run(command, path.name)
        return len(commands)

    def run(self, command: Command, page: str) -> str:
        """Run one command and judge what it prints; its output, with the page's own port numbers."""
        code, output = self._do(self._meant(command.text))
        lost = missing(command.expected, output)
        told = f"{page}:{command.line}: {command.text}\nexit {code}\n{output}"
        assert code == command.code, told
        assert lost is None, f"never printed: {lost}\n{told}"
        self.seen += output
        return output

    def _meant(self, text: str) -> str:
        ported = PORT.sub(lambda found: f"{found[1]}:{self.ports.get(int(found[2]), int(found[2]))}", text)
        return WORD.sub(self._last, ported)

    def _last(self, found: re.Match[str]) -> str:
        words = re.findall(rf"\b{found[1]}\w+", self.seen)
        assert words, f"nothing printed yet begins with {found[1]}"
        return str(words[-1])

    def _do(self, text: str) -> tuple[int, str]:
        end = f"--walked-{time.monotonic_ns()}--"
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{{ {text}\n}} </dev/null\necho {end}$?\n".encode())
        self._shell.stdin.flush()
        output, _, code = self._until(end).rpartition(end)
        for told, real in self.ports.items():
            output = output.replace(f":{real}", f":{told}")
        return int(code), output

    def _until(self, end: str) -> str:
        assert self._shell.stdout is not None
        read, deadline = b"", time.monotonic() + LIMIT_S
        with selectors.DefaultSelector() as selector:
            selector.register(self._shell.stdout, selectors.EVENT_READ)
            while not re.search(rb"%s\d+\n$" % end.encode(), read):
                assert selector.select(deadline - time.monotonic()), f"not done in {LIMIT_S:.0f} s:\n{read.decode()}"
                read += os.read(self._shell.stdout.fileno(), 65536)
        return read.decode()
