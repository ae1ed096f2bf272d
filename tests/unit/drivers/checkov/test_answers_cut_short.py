"""Whoever answers may be killed, before it says anything and in the middle of a word."""

from __future__ import annotations

import multiprocessing
import os
import struct

import pytest

from kr8.drivers.checkov import serving


@pytest.mark.parametrize("sent", [b"", struct.pack("!i", 100), struct.pack("!i", 100) + b"half"])
def test_an_answer_that_is_cut_short_is_told_as_none(sent: bytes) -> None:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    os.write(sender.fileno(), sent)
    sender.close()
    assert serving.received(receiver) == ({"error": "it ended without an answer"}, {})
    receiver.close()


def test_an_answer_that_is_whole_is_told() -> None:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    sender.send(({"failed": []}, {"text": b"said"}))
    assert serving.received(receiver) == ({"failed": []}, {"text": b"said"})
