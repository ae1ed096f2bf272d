"""The thread that gives listening sockets away outlives whatever goes wrong for one who asks."""

import socket
from collections.abc import Iterable
from pathlib import Path

from kr8.supervisor.proxy.admin import short_path
from kr8.supervisor.proxy.handover import OFFER_SOCKET, Offer


def test_a_defect_for_one_who_asks_is_told_and_the_next_is_served(tmp_path: Path) -> None:
    told: list[str] = []
    defects = [ValueError("a defect"), RuntimeError("another")]
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def descriptors() -> Iterable[int]:
            if defects:
                raise defects.pop(0)
            return [listener.fileno()]

        offer = Offer(tmp_path, descriptors, told.append)
        offer.open()
        try:
            answers = [asked(tmp_path) for _ in range(3)]
        finally:
            offer.close()
    assert answers == [b"", b"", b"\x01\0\0\0"]
    assert ["a defect" in told[0], "another" in told[1]] == [True, True]


def asked(home: Path) -> bytes:
    """What is answered first: how many sockets there are."""
    with socket.socket(socket.AF_UNIX) as connection, short_path(home, OFFER_SOCKET) as path:
        connection.settimeout(5)
        connection.connect(path)
        connection.sendall(b"_getsocks\n")
        return connection.recv(4)
