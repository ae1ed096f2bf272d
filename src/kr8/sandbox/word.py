"""The word of a home: whoever says it may read the home, and so is kept in by nobody.

Until Linux 7.1 no rule keeps anybody from connecting to a socket by its path, so those who answer for kr8 ask for the
word. It lies in the home, as a line that curl takes: `--header @KR8_HOME/run/word`.
"""

import hmac
import os
import re
import secrets
from contextlib import suppress

HEADER = "X-Kr8-Word"
_LINE = re.compile(rf"{HEADER}: ([0-9a-f]{{32}})\n")


def word_of(run: str) -> str:
    """The word of the home whose folder for sockets this is; made where there is none. Raises OSError."""
    path = f"{run}/word"
    return _read(path) or _made(path)


def is_said(run: str, said: str | None) -> bool:
    """Whether this is the word. Where it cannot be read or made, nothing is."""
    with suppress(OSError):
        return hmac.compare_digest(word_of(run).encode(), (said or "").encode())
    return False


def saying(run: str) -> dict[str, str]:
    """The header that says it; none for whoever may not read it."""
    with suppress(OSError):
        return {HEADER: word_of(run)}
    return {}


def _read(path: str) -> str:
    with suppress(FileNotFoundError, UnicodeDecodeError), open(path) as file:  # noqa: PTH123 - read for every request
        found = _LINE.fullmatch(file.read(100))
        return found.group(1) if found else ""
    return ""


def _made(path: str) -> str:
    """Write a word down, or leave the one that somebody else has just written."""
    fresh = f"{path}.{secrets.token_hex(8)}"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - a descriptor
        file.write(f"{HEADER}: {secrets.token_hex(16)}\n")
    try:
        with suppress(FileExistsError):
            os.link(fresh, path)
        if not _read(path):  # what lay there was no word
            os.replace(fresh, path)  # noqa: PTH105
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh)  # noqa: PTH108
    return _read(path)
