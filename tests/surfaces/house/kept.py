"""Calls with an idempotency key that outlive the daemon of the test house, as they do in a real store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from tests.fakes.keyed_calls import MemoryKeyedCalls

from kr8.domain.keyed import KeyedCall

_CALLS = TypeAdapter(dict[str, KeyedCall])


class FileKeyedCalls(MemoryKeyedCalls):
    """The KeyedCalls port, in a file."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        if file.exists():
            self.kept = _CALLS.validate_json(file.read_bytes())

    async def begin(self, call: KeyedCall, forget_before: datetime) -> KeyedCall:
        found = await super().begin(call, forget_before)
        self._write()
        return found

    async def answer(self, call: str, answer: Mapping[str, Any]) -> None:
        await super().answer(call, answer)
        self._write()

    async def forget(self, call: str) -> None:
        await super().forget(call)
        self._write()

    def _write(self) -> None:
        self._file.write_bytes(_CALLS.dump_json(self.kept))
