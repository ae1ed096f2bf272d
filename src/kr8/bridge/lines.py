"""Cuts a stream of bytes into lines."""

from __future__ import annotations


class Lines:
    """Keeps the unfinished end of a stream."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes finish, without their ends; empty ones are left out."""
        if b"\n" not in data:
            self._rest.append(data)
            return []
        *whole, rest = (b"".join(self._rest) + data).split(b"\n")
        self._rest = [rest] if rest else []
        return [line.strip() for line in whole if line.strip()]

    def end(self) -> list[bytes]:
        """What was left without a line end when the stream ended."""
        return self.feed(b"\n")
