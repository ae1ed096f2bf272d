"""Which names are those of secrets, and which values look made for one (pure)."""

from __future__ import annotations

import re

from detect_secrets.filters.heuristic import is_potential_uuid, is_sequential_string
from detect_secrets.plugins.keyword import DENYLIST

from kr8.domain.placeholder import is_placeholder

SECRET = re.compile(rf"{'|'.join(DENYLIST)}|token|passphrase|credential|(?:^|[._-])pass(?:$|[._-])", re.IGNORECASE)
KEY = re.compile(
    r"(?:api|access|auth|account|client|private|priv|db|database|encryption|signing|master|service|shared|secret)"
    r"[_.-]?keys?$",
    re.IGNORECASE,
)
WORD = re.compile(r"[A-Z]*[a-z0-9]+|[A-Z]+")
ABOUT = frozenset(
    re.findall(
        r"\w+",
        "address age algorithm arn attempts class cmd code command complexity config context count date days "
        "dir directory display duration email enabled encoding endpoint env expiration expiry field file "
        "filename files format generator group hash header headers hint host hosts id ids image issuer key "
        "keys kind label length lifetime location manager max method min mode mount name names namespace "
        "option options path paths pattern permission permissions policy port prefix provider rate ref "
        "reference refs regex region required resource retries role rotation salt schema scope selector "
        "server service setting settings size source state status store strategy suffix template timeout ttl "
        "type types uri uris url urls user username users validity var variable variables vault version "
        "volume",
    )
)
"""Last words of names that say something about a secret, such as where it is."""

SHORTEST = 8
MADE = re.compile(r"(?=.*[A-Za-z])(?:(?=.*\d)|(?=.*[a-z])(?=.*[A-Z]).*=$)")
"""Letters with figures among them, or what ends as base64 does: words are not written so."""
PART = r"(?:[A-Z]?[a-z]+\d{0,3}|[A-Z]+\d{0,3}|[A-Za-z]\d[A-Za-z]|\d{1,4})"
WORDS = re.compile(rf"{PART}(?:[-_./:#@|](?:{PART}|[a-z0-9]{{10}}$))+")
"""Words with something between them: what something is called, or where it is; the last may be kustomize's hash."""
NUMBER = re.compile(r"\d[\d.,:_-]*[a-zA-Z]{0,2}|0x[0-9a-f]+|v?\d+(?:\.\d+)+.*", re.IGNORECASE)
"""Numbers, durations, versions."""
REFERENCE = re.compile(
    r"^(?:[$!&*/~@%<>{\[(|\\.-]|(?:enc|vault|arn|sha\d+)[:\[-]|ref\+)|[$%]\(|[${]\{|\}\}|<[^>]*>|://|\w[(\[]",
    re.IGNORECASE,
)
"""What stands for something else: a variable, a template, a call, a path, what is encrypted."""
SHOWN = re.compile(r"EXAMPLE|1234567890")
"""What tokens have in them that manuals show."""
EXAMPLE = re.compile(r"EXAMPLE|(.)\1{7}")
"""What keys and passwords have in them that manuals show."""


def is_secrets(name: str) -> bool:
    """Whether what has this name is a secret itself."""
    words = WORD.findall(name)
    is_about = bool(words) and words[-1].lower() in ABOUT
    return KEY.search(name) is not None or (SECRET.search(name) is not None and not is_about)


def is_random(value: str) -> bool:
    """Whether a value of a form that only keys have is one, and no example of it."""
    return MADE.match(value) is not None and not (SHOWN.search(value) or EXAMPLE.search(value))


def looks_made(value: str) -> bool:
    """Whether a value looks like a password or a key, rather than like words, numbers, or something's name."""
    if len(value) < SHORTEST or not MADE.match(value):
        return False
    if REFERENCE.search(value) or WORDS.fullmatch(value) or NUMBER.fullmatch(value) or EXAMPLE.search(value):
        return False
    return not (is_placeholder(value) or is_potential_uuid(value) or is_sequential_string(value))
