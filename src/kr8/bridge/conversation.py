"""What the bridge knows of the conversation it carries: what was asked, what was answered, what to say again."""

from __future__ import annotations

import json
import os

from kr8.bridge.contract import HANDSHAKE, Contract
from kr8.bridge.failures import died, not_started
from kr8.bridge.message import TYPE_CHECKING, Object, as_object, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

INITIALIZED = "notifications/initialized"
CALL = "tools/call"
KEY = "kr8/idempotency-key"
"""The name in `_meta` of what lets a call be asked again: whatever it changes, it changes once."""


def new_key() -> str:
    """A key that nobody else has."""
    return os.urandom(16).hex()


class Asked:
    """A request on its way."""

    def __init__(self, line: bytes, request: Object) -> None:
        self.line = line
        self.method: str = request["method"]
        name: object = as_object(request.get("params")).get("name")
        self.tool = name if self.method == CALL and isinstance(name, str) else None
        self.sent = False
        self.again = False


class Conversation:
    """Decides, and does no input or output: lines in, lines out."""

    def __init__(self, contract: Contract | None, key: Callable[[], str] = new_key) -> None:
        """`key` makes the idempotency key of a call that changes something."""
        self._contract = contract
        self._key = key
        self._answering = contract is not None
        self._same = True
        self._negotiated: str | None = None
        self._connected = False
        self._opening: list[bytes] = []
        self._silent: set[Any] = set()
        self._asked: dict[Any, Asked] = {}
        self._waiting: list[bytes] = []

    @property
    def wants_daemon(self) -> bool:
        """Whether somebody waits for what only the daemon can do."""
        return bool(self._asked or self._waiting)

    def forward_everything(self) -> None:
        """The daemon is of another version: only it can answer from now on, and it may know no keys."""
        self._answering = self._same = False

    def from_client(self, line: bytes) -> bytes | None:
        """Take a line of the client; the answer, where the contract has it."""
        message = parse(line)
        method = message.get("method")
        if method == INITIALIZED:
            self._open(line)
        elif isinstance(method, str) and isinstance(message.get("id"), int | str):
            return self._request(line, message)
        else:
            self._waiting.append(line)
        return None

    def _request(self, line: bytes, request: Object) -> bytes | None:
        answer = self._contract.answer(request, self._negotiated) if self._contract and self._answering else None
        line, key = self._keyed(line, request), request["id"]
        if answer is None:
            self._asked[key] = Asked(line, request)
        if request["method"] == HANDSHAKE:
            self._negotiated = answer["protocolVersion"] if answer else None
            self._opening.clear()
            self._open(line)
            if answer is not None and self._connected:
                self._silent.add(key)
        elif answer is None:
            self._waiting.append(line)
        if answer is None:
            return None
        return json.dumps({"jsonrpc": "2.0", "id": key, "result": answer}, separators=(",", ":")).encode()

    def _open(self, line: bytes) -> None:
        """Keep a line of the handshake: every new connection begins with it."""
        self._opening.append(line)
        if self._connected:
            self._waiting.append(line)

    def from_daemon(self, line: bytes) -> bytes | None:
        """Take a line of the daemon; the same line, where the client is to have it."""
        message = parse(line)
        if "id" in message and "method" not in message:
            if message["id"] in self._silent:
                self._silent.discard(message["id"])
                return None
            self._asked.pop(message["id"], None)
        return line

    def connected(self) -> None:
        """A daemon listens: it is to hear the handshake before anything else."""
        self._connected = True
        for line in self._opening[:1]:
            if (key := parse(line)["id"]) not in self._asked:
                self._silent.add(key)
        self._waiting[:0] = self._opening

    def to_send(self) -> list[bytes]:
        """What the connected daemon is to get now."""
        lines, self._waiting = self._waiting, []
        sent = set(lines)
        for asked in self._asked.values():
            asked.sent = asked.sent or asked.line in sent
        return lines

    def lost(self) -> list[bytes]:
        """The connection broke: the errors for what was being worked on.

        What changes nothing, or carries a key that the daemon knows, is asked once more; of the rest nobody knows
        whether it was done.
        """
        if not self._connected:
            return []
        self._connected = False
        self._silent.clear()
        # The next connection begins with the handshake anyway.
        self._waiting = [line for line in self._waiting if line not in self._opening]
        errors: list[bytes] = []
        for key, asked in [*self._asked.items()]:
            if asked.method == HANDSHAKE or not asked.sent:
                continue
            if self._harmless(asked) and not asked.again:
                asked.again, asked.sent = True, False
                self._waiting.append(asked.line)
            else:
                errors.append(died(key, asked.tool))
                del self._asked[key]
        return errors

    def given_up(self, why: str, output: list[str]) -> list[bytes]:
        """No daemon could be had: errors for all that waits."""
        errors = [not_started(key, why, output) for key in self._asked]
        self._asked.clear()
        self._waiting.clear()
        return errors

    def _harmless(self, asked: Asked) -> bool:
        return self._same or asked.method != CALL or self._reads_only(asked.tool)

    def _reads_only(self, tool: str | None) -> bool:
        return self._contract is not None and tool is not None and self._contract.reads_only(tool)

    def _keyed(self, line: bytes, request: Object) -> bytes:
        """The line of a request, with a key where it calls what may change something and has none."""
        params = as_object(request.get("params"))
        name, meta = params.get("name"), as_object(params.get("_meta"))
        if request["method"] != CALL or KEY in meta or self._reads_only(name if isinstance(name, str) else None):
            return line
        keyed = {**request, "params": {**params, "_meta": {**meta, KEY: self._key()}}}
        return json.dumps(keyed, separators=(",", ":")).encode()
