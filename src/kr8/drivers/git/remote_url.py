"""Which addresses may be fetched from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from kr8.domain.problem import Refused, refuse

SCHEMES = {"https": 443, "ssh": 22, "file": 0}
LONGEST = 2048
METADATA = frozenset(ipaddress.ip_address(each) for each in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200"))
"""Where clouds tell a machine its credentials."""


def checked(url: str) -> SplitResult:
    """The parts of an address that may be fetched from. Raises Refused (url_not_allowed)."""
    if not url.isprintable() or " " in url or len(url) > LONGEST:
        raise _not_allowed("It has characters that no address has, or too many.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise _not_allowed(f"It cannot be read: {error}.") from None
    if parts.scheme not in SCHEMES:
        raise _not_allowed(f"It is none of {', '.join(f'{each}://' for each in SCHEMES)}.")
    if parts.password is not None:
        raise _not_allowed("It has a password in it, which would be kept with the template.")
    if parts.scheme != "ssh" and parts.username is not None:
        # Forges take a token in its place.
        raise _not_allowed("It names a user, which may be a token, and would be kept with the template.")
    if (parts.scheme == "file") == bool(host) or any(each.startswith("-") for each in (host, parts.username or "")):
        raise _not_allowed("Its host is none.")
    if parts.query or parts.fragment or not parts.path.startswith("/"):
        raise _not_allowed("It has more than a host and a path.")
    return parts


def check_addresses(addresses: Iterable[str]) -> None:
    """Refuse where a host leads: link-local, metadata and no single machine's addresses. Raises Refused."""
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        plain = getattr(address, "ipv4_mapped", None) or address
        if plain.is_link_local or plain.is_multicast or plain.is_unspecified or plain in METADATA:
            raise _not_allowed(f"Its host is {plain}, which is an address of this machine's network alone.")


def _not_allowed(why: str) -> Refused:
    return refuse(
        "url_not_allowed",
        "Nothing is fetched from this URL.",
        why=why,
        mend="Give https://HOST/PATH, ssh://USER@HOST/PATH or file:///PATH.",
        field="url",
    )
