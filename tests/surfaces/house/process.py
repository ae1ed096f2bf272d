"""The test house's processes, as tests hold them."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mcp.client.stdio import StdioServerParameters
from tests.support.tree import ROOT
from tests.support.waiting import wait_for
from tests.surfaces.house.app import house

from kr8.bridge.home import Home
from kr8.surfaces.mcp.contract import contract_of

ARGV = [sys.executable, "-m", "tests.surfaces.house"]
PATIENCE_SECONDS = 60
Json = dict[str, Any]


class House:
    """A home, and what runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(f"{folder}/home")
        self.contract = folder / "contract.json"
        self.contract.write_text(json.dumps(asyncio.run(contract_of(house().catalogue))))

    def environment(self, **more: str) -> dict[str, str]:
        """What its processes are started with."""
        plain = {key: value for key, value in os.environ.items() if not key.startswith(("KR8_", "HOUSE_"))}
        return {**plain, "KR8_HOME": self.home.root, "HOUSE_CONTRACT": str(self.contract), **more}

    def parameters(self, **more: str) -> StdioServerParameters:
        """How an MCP client starts the bridge."""
        return StdioServerParameters(command=ARGV[0], args=[*ARGV[1:], "mcp"], cwd=ROOT, env=self.environment(**more))

    def pid(self) -> int | None:
        """The daemon's process, once its sockets are there."""
        if not Path(self.home.mcp_socket).exists():
            return None
        with suppress(OSError, ValueError):
            return int(Path(self.home.daemon_lock).read_text())
        return None

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Kill the daemon and wait until it is gone; its process id."""
        pid = wait_for(self.pid)
        os.kill(pid, number)
        wait_for(lambda: not lives(pid))
        return pid

    def starts(self) -> int:
        """How many daemons have come to serve."""
        return Path(self.home.daemon_log).read_text().count("kr8.surfaces.serve.serving serving")

    @contextmanager
    def serving(self, *flags: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """A daemon of this test's own."""
        Path(self.home.logs).mkdir(parents=True, exist_ok=True)
        with Path(self.home.daemon_log).open("ab") as log:
            argv, env = [*ARGV, "serve", *flags], self.environment(**more)
            daemon = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            wait_for(lambda: daemon.poll() is not None or self.pid() == daemon.pid)
            yield daemon
        finally:
            daemon.terminate()
            daemon.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        """End whatever lives in this home, a daemon that is only starting too."""
        for pid in self._residents():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not self._residents())

    def _residents(self) -> list[int]:
        mark = f"KR8_HOME={self.home.root}".encode()
        return [
            pid
            for pid in (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
            if lives(pid) and mark in surroundings(pid)
        ]


class RawBridge:
    """A bridge that a test talks to in lines."""

    def __init__(self, house: House, **more: str) -> None:
        self.process = subprocess.Popen(
            [*ARGV, "mcp"],
            cwd=ROOT,
            env=house.environment(**more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._heard = b""

    def say(self, message: Mapping[str, Any]) -> None:
        """Send a message."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> Json:
        """The next message."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while b"\n" not in self._heard:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"the bridge said nothing for {PATIENCE_SECONDS} s"
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            assert data, "the bridge has ended"
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        message: Json = json.loads(line)
        return message

    def ask(self, key: int, method: str, params: Mapping[str, Any]) -> Json:
        """Send a request and wait for the next message."""
        self.say({"id": key, "method": method, "params": params})
        return self.hear()

    def handshake(self) -> Json:
        """Open a conversation of the 2025 era."""
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        answer = self.ask(0, "initialize", hello)
        self.say({"method": "notifications/initialized"})
        return answer

    def call(self, key: int, tool: str, arguments: Json, meta: Json | None = None) -> None:
        """Send a tool call."""
        params = {"name": tool, "arguments": arguments, **({"_meta": meta} if meta else {})}
        self.say({"id": key, "method": "tools/call", "params": params})

    def close(self) -> None:
        """Close its input and wait for its end."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE_SECONDS)
        self.process.stdout.close()


def lives(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def surroundings(pid: int) -> list[bytes]:
    """The environment that a process was started with."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


@contextmanager
def a_house() -> Iterator[House]:
    """A house in a short path: the name of a unix socket may not be long."""
    with TemporaryDirectory(prefix="kr8-", ignore_cleanup_errors=True) as folder:
        made = House(Path(folder))
        try:
            yield made
        finally:
            made.end()
