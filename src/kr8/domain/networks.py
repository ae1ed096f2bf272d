"""What addresses a network has (pure)."""

from __future__ import annotations

from ipaddress import ip_network

_WIDE = 3
"""Bits of a prefix: an eighth of all addresses. 2000::/3 are all that IPv6 has given out."""


def is_the_world(network: str) -> bool:
    """Whether a network, such as 0.0.0.0/0, has so many addresses that it leaves nobody out who matters."""
    try:
        return ip_network(network.strip(), strict=False).prefixlen <= _WIDE
    except ValueError:  # not written out, or no network
        return False
