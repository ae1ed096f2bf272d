"""A child that answers one line with one line, and stays for the next: for what takes long to start."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from contextlib import AsyncExitStack
from typing import IO

from kr8.domain.problem import Refused, refuse
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes, guarded

LONGEST_ANSWER = 64 << 20


class Worker:
    """Asks one question at a time. The child may end when it likes; the next question starts another."""

    def __init__(self, processes: Processes, command: Command) -> None:
        """`command`: its `limit_seconds` are those of one answer. Its standard error goes nowhere."""
        self._processes = processes
        self._command = command
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._held = AsyncExitStack()

    async def ask(self, question: bytes) -> bytes:
        """The answer to a line without its end. Raises Refused (program_missing, worker_failed)."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._command.limit_seconds):
                    # One that has just ended by itself has answered nothing: asked again, another one answers.
                    answer = await self._once(question) or await self._once(question)
            except TimeoutError:
                await self.close()
                raise self._failed(f"It gave no answer in {self._command.limit_seconds:.0f} s.") from None
            except BaseException:
                await self.close()  # what it would still answer belongs to nobody
                raise
            if not answer:
                raise self._failed("It ended without an answer.")
            return answer

    async def close(self) -> None:
        """End the child, with all that it started."""
        self._process = None
        await self._held.aclose()

    async def _once(self, question: bytes) -> bytes:
        process = await self._started()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(question + b"\n")
            await process.stdin.drain()
            answer = await process.stdout.readline()
        except (BrokenPipeError, ConnectionResetError, ValueError):
            answer = b""
        if not answer.endswith(b"\n"):
            await self.close()
            return b""
        return answer

    async def _started(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.close()
        program, env = self._processes.found(self._command)
        child = guarded(self._command, program, env, merged=False, feeds=True, longest=LONGEST_ANSWER)
        process, control = await self._held.enter_async_context(child)
        aside = asyncio.create_task(_read_up(process.stderr))
        self._held.push_async_callback(_end, process, control, aside)
        self._process = process
        return process

    def _failed(self, why: str) -> Refused:
        what = f"{self._command.argv[0]} did not answer."
        return refuse("worker_failed", what, why=why, mend="Try again.", retryable=True)


async def _end(process: Process, control: IO[bytes], aside: asyncio.Task[None]) -> None:
    """Have the guard kill the child, and wait until that is done. What it still says is read, or it would not end."""
    control.close()
    if process.stdin is not None:
        process.stdin.close()
    await aside
    await _read_up(process.stdout)
    await process.wait()


async def _read_up(stream: asyncio.StreamReader | None) -> None:
    """Read a stream to its end, for nobody."""
    while stream is not None and await stream.read(1 << 16):
        pass
