"""Runs children, each under a guard, each with limits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from time import monotonic
from typing import IO, Any

from kr8.domain.problem import refuse
from kr8.drivers.process.command import Command, DiskLimit, Ended, Limit
from kr8.drivers.process.disk import taken
from kr8.drivers.process.environment import environment
from kr8.drivers.process.output import Meter, OnLine, Printed, read_lines, read_whole
from kr8.sandbox.landlock import ruleset

GUARD = Path(__file__).with_name("guard.py")
DISK_PAUSE = 0.5


class Processes:
    """The one way to run a child."""

    def __init__(self, inherited: Mapping[str, str]) -> None:
        """`inherited`: where PATH, HOME, LANG and TMPDIR come from."""
        self._inherited = dict(inherited)

    async def run(self, command: Command, on_line: OnLine | None = None) -> Ended:
        """Run a command to its end, or to a limit; then all that it started is killed.

        With `on_line` both streams are handed on line by line; without it they are kept whole. Raises Refused
        (program_missing). When the caller is cancelled the command is killed.
        """
        program, env = self.found(command)
        meter = Meter(command.output_limit)
        begun = monotonic()
        merged, feeds = on_line is not None, bool(command.stdin)
        async with guarded(command, program, env, merged=merged, feeds=feeds) as (process, control):
            work = asyncio.create_task(_work(process, command.stdin, meter, on_line))
            try:
                limit = await _first_limit(work, command, meter)
                if limit is not None:
                    await _stop(work, control, command.grace_seconds)
                printed = await work
            finally:
                work.cancel()
                control.close()
                await process.communicate()
        assert process.returncode is not None
        return Ended(
            exit=process.returncode if process.returncode >= 0 else None,
            signal=-process.returncode if process.returncode < 0 else None,
            limit=limit,
            stdout=printed.stdout,
            stderr=printed.stderr,
            seconds=monotonic() - begun,
        )

    def found(self, command: Command) -> tuple[str, dict[str, str]]:
        """The program of a command, and the environment that it gets. Raises Refused (program_missing)."""
        env = environment(self._inherited, command.env)
        program = shutil.which(command.argv[0], path=env["PATH"])
        if program is None:
            raise refuse(
                "program_missing",
                f"The program {command.argv[0]!r} is not on this machine.",
                why=f"PATH is {env['PATH']}",
                mend=f"Install {command.argv[0]} and try again.",
            )
        return program, env


@contextlib.asynccontextmanager
async def guarded(
    command: Command, program: str, env: dict[str, str], *, merged: bool, feeds: bool, longest: int = 1 << 16
) -> AsyncGenerator[tuple[Process, IO[bytes]]]:
    """The guard's process, and the pipe that tells it what to do: closing it kills.

    `feeds`: something is written to its standard input; `longest`: the bytes of a line that is read.
    """
    read_end, write_end = os.pipe()
    with contextlib.ExitStack() as stack:
        control = stack.enter_context(open(write_end, "wb", buffering=0))  # noqa: PTH123 - a descriptor, not a path
        stdout = stack.enter_context(command.stdout.open("wb")) if command.stdout else PIPE
        rules = _rules(stack, command)
        entering = [sys.executable, "-I", "-m", "kr8.sandbox.enter", str(rules[0])] if rules else []
        limits = (str(command.memory or 0), str(command.data or 0))
        guard = (sys.executable, "-I", "-S", str(GUARD), str(read_end), *limits)
        try:
            process = await asyncio.create_subprocess_exec(
                *guard,
                *entering,
                program,
                *command.argv[1:],
                stdin=PIPE if feeds else DEVNULL,
                stdout=stdout,
                stderr=STDOUT if merged else PIPE,
                cwd=command.cwd,
                env=env,
                pass_fds=(read_end, *rules),
                start_new_session=True,
                limit=longest,
            )
        finally:
            os.close(read_end)
        yield process, control


def _rules(stack: contextlib.ExitStack, command: Command) -> list[int]:
    """The descriptor of what it may do; none where it may do whatever its user may."""
    if command.allowed is None:
        return []
    return [stack.enter_context(ruleset(command.allowed, offline=command.offline))]


async def _work(process: Process, stdin: bytes, meter: Meter, on_line: OnLine | None) -> Printed:
    """Feed it, read it, and wait for its end."""
    _, printed = await asyncio.gather(_feed(process, stdin), _read(process, meter, on_line))
    await process.wait()
    return printed


async def _read(process: Process, meter: Meter, on_line: OnLine | None) -> Printed:
    if on_line is not None:
        await read_lines(_reader(process.stdout), meter, on_line)
        return Printed()
    both = (read_whole(_reader(process.stdout), meter), read_whole(_reader(process.stderr), meter))
    stdout, stderr = await asyncio.gather(*both)
    return Printed(stdout, stderr)


def _reader(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    """The stream, or one that has ended where the child writes to a file or to the other stream."""
    if stream is not None:
        return stream
    ended_stream = asyncio.StreamReader()
    ended_stream.feed_eof()
    return ended_stream


async def _feed(process: Process, stdin: bytes) -> None:
    if process.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may end without reading all
        process.stdin.write(stdin)
        await process.stdin.drain()
    process.stdin.close()


async def _first_limit(work: asyncio.Task[Printed], command: Command, meter: Meter) -> Limit | None:
    """Wait for the end of the work, or for the first limit that is met; None: it ended within them."""
    limits: dict[asyncio.Task[Any], Limit] = {
        asyncio.create_task(asyncio.sleep(command.limit_seconds)): "time",
        asyncio.create_task(meter.over.wait()): "output",
    }
    if command.disk is not None:
        limits[asyncio.create_task(_fill(command.disk))] = "disk"
    try:
        await asyncio.wait({work, *limits}, return_when=asyncio.FIRST_COMPLETED)
        met: Limit | None = next((limit for task, limit in limits.items() if task.done()), None)
    finally:
        for task in limits:
            task.cancel()
    return None if work.done() and met != "output" else met


async def _fill(disk: DiskLimit) -> None:
    """Return when there is more below the directory than may be."""
    while True:
        begun = monotonic()
        if await asyncio.to_thread(taken, disk.directory) > disk.bytes:
            return
        await asyncio.sleep(max(DISK_PAUSE, 5 * (monotonic() - begun)))


async def _stop(work: asyncio.Task[Printed], control: IO[bytes], grace: float) -> None:
    with contextlib.suppress(BrokenPipeError):  # it has just ended by itself
        control.write(b"T")
    await asyncio.wait({work}, timeout=grace)
    control.close()
