"""A name server on a host, for that host alone: what it says of each name can be changed while it runs."""

from __future__ import annotations

import base64

from tests.support.hosts.host import Host

SERVER = r"""
import json, socket, struct

A, ANSWERED, UNKNOWN = 1, b"\x81\x80", b"\x81\x83"
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.bind(("127.0.0.1", 53))
while True:
    query, who = asked.recvfrom(4096)
    at, labels = 12, []
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode().lower())
        at += 1 + length
    (kind,) = struct.unpack(">H", query[at + 1 : at + 3])
    with open("/etc/names.json") as file:
        address = json.load(file).get(".".join(labels))
    found = address is not None and kind == A
    record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(address) if found else b""
    head = query[:2] + (UNKNOWN if address is None else ANSWERED) + struct.pack(">4H", 1, int(found), 0, 0)
    asked.sendto(head + query[12 : at + 5] + record, who)
"""


def write(host: Host, path: str, text: str) -> None:
    """Write a file on a host, as a whole."""
    coded = base64.b64encode(text.encode()).decode()
    host.run("sh", "-c", f"umask 022; echo {coded} | base64 -d > {path}.new; mv {path}.new {path}")


def serve_names(host: Host, names: str) -> None:
    """Start it, with an address for each name, in JSON."""
    write(host, "/etc/names.json", names)
    write(host, "/etc/names.py", SERVER)
    host.run("systemd-run", "--unit=names", "--property=Restart=always", "python3", "/etc/names.py")
    write(host, "/etc/resolv.conf", "nameserver 127.0.0.1\n")
