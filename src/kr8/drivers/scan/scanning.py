"""Finds secrets in texts. Runs as a child of its own: the library imports much, and a file may be made to keep it busy.

    python -I scanning.py CONTENTS

CONTENTS is what `git cat-file --batch` printed, or a folder; stdin has [path, …] as JSON, of a file in the same order,
of a folder the files that are scanned in it. The answer is
{"found": [[path, line, kind, certainty], …], "more": [number, certainty], "allowed": [[path, line], …],
"allowed_in_all": [number, how many of them are sure]}: never a secret itself.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from detect_secrets.filters.heuristic import is_potential_uuid, is_sequential_string, is_templated_secret
from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.keyword import DENYLIST, KeywordDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector

from kr8.drivers.scan import credentials, naming, settings_files, tokens
from kr8.drivers.scan.certainty import Certainty

FOUND_LIMIT = 200
ALLOWED_LIMIT = 20
CERTAINTIES = tuple(Certainty)
PRAGMA = re.compile(r"pragma: ?allowlist (nextline )?secret", re.IGNORECASE)
GENERATED = re.compile(r"(?:^|/)(?:[^/]*[.-]lock(?:\.\w+)?|go\.sum|[^/]*\.(?:svg|map|min\.js|min\.css|sum|ipynb))$")
HASH = re.compile(r"sha(?:1|256|384|512)[-:=]|integrity|--hash|digest|checksum", re.IGNORECASE)
NAME = re.compile(r"[a-z0-9]{1,32}(?:-[a-z0-9]{1,32}){3,}")
"""A name of several words, such as a bucket's: no key is written so."""
OWN_ID = re.compile(r"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}")
"""An id of kr8's: it says what it is of, and no more."""
KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{40}")


class Found(NamedTuple):
    """A secret: where, of what kind, and how certain that is."""

    path: str
    line: int
    kind: str
    certainty: Certainty
    allowed: bool = False
    """Whether a comment says that it is none."""


class Kind(NamedTuple):
    """One kind of secret, and what it looks like."""

    name: str
    patterns: tuple[re.Pattern[str], ...]


def kind_of(detector: type[RegexBasedDetector]) -> Kind:
    """What a detector of the library looks for; it declares properties, and sets plain values."""
    plain = cast(Any, detector)
    return Kind(str(plain.secret_type), tuple(plain.denylist))


PRIVATE_KEY = kind_of(PrivateKeyDetector)
TOKENS = Kind("Access Token", tokens.PATTERNS)
AWS_SECRET = Kind(
    "AWS Access Key",
    (
        re.compile(
            r"aws.{0,20}?secret.{0,20}?key[\"']?\s*[:=]\s*[\"']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])", re.IGNORECASE
        ),
    ),
)
"""The library knows it in quotes alone."""


def encoded(header: str) -> re.Pattern[str]:
    """How a text begins in base64 that begins with this header."""
    whole = len(header) - len(header) % 3
    return re.compile(re.escape(base64.b64encode(header[:whole].encode()).decode()) + "[A-Za-z0-9+/=]{40,}")


ENCODED_KEY = Kind(
    PRIVATE_KEY.name,
    tuple(encoded(f"-----BEGIN {of}PRIVATE KEY") for of in ("", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ")),
)

SURE = (
    kind_of(AWSKeyDetector),
    kind_of(AzureStorageKeyDetector),
    kind_of(GitHubTokenDetector),
    kind_of(GitLabTokenDetector),
    kind_of(NpmDetector),
    kind_of(PypiTokenDetector),
    kind_of(SendGridDetector),
    kind_of(SlackDetector),
    kind_of(SquareOAuthDetector),
    kind_of(StripeDetector),
    PRIVATE_KEY,
    ENCODED_KEY,
    TOKENS,
    AWS_SECRET,
)
LIKELY = (kind_of(ArtifactoryDetector), kind_of(BasicAuthDetector), kind_of(JwtTokenDetector))
ENTROPY = (Base64HighEntropyString(limit=4.5), HexHighEntropyString(limit=3.0))
WORDS = re.compile("|".join(DENYLIST), re.IGNORECASE)
"""Lines without any of these words need none of the detector's slow patterns."""
SENT_KIND = "Credentials of a request"
KEYWORD_KIND = str(KeywordDetector.secret_type)
KEYWORD: Callable[[str], Iterable[str]] = cast(Any, KeywordDetector()).analyze_string


def scan(path: str, text: str) -> Iterator[Found]:
    """The secrets in one text, each line and kind once, and of a line none but the most certain."""
    lines = text.split("\n")
    is_settings = settings_files.is_one(path, "\n".join(lines[:40]))
    seen: set[tuple[int, str]] = set()
    certain: dict[int, Certainty] = {}
    likely = (*(_likely(path, lines) if is_settings else ()), *_sent(path, lines))
    for found in (*_sure(path, text), *likely, *_guesses(path, lines, is_settings=is_settings)):
        if (found.line, found.kind) in seen:
            continue
        if certain.setdefault(found.line, found.certainty) is found.certainty:
            seen.add((found.line, found.kind))
            yield found._replace(allowed=_allowed(lines, found.line))


def _allowed(lines: list[str], line: int) -> bool:
    """Whether the line, or the one above it, says that this is no secret."""
    here = PRAGMA.search(lines[line - 1])
    above = PRAGMA.search(lines[line - 2]) if line > 1 else None
    return (here is not None and here[1] is None) or (above is not None and above[1] is not None)


def _sure(path: str, text: str) -> Iterator[Found]:
    for kind in SURE:
        for pattern in kind.patterns:
            for match in pattern.finditer(text):
                shown = naming.SHOWN.search(_value(kind, match)) is not None
                if not shown and _stands_alone(text, match) and _is_key(kind, text, match):
                    yield Found(path, text.count("\n", 0, match.start()) + 1, kind.name, Certainty.SURE)


def _value(kind: Kind, match: re.Match[str]) -> str:
    return match[1] if kind is AWS_SECRET else match[0]


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether it is a word of its own, and no part of a longer run of characters such as an image in base64."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return not (before.isalnum() or before == "+" or (after.isalnum() and match[0][-1].isalnum()))


def _is_key(kind: Kind, text: str, match: re.Match[str]) -> bool:
    """A private key has a body: programs and manuals that only name the header have none."""
    if kind is PRIVATE_KEY:
        return KEY_BODY.search(text, match.end(), match.end() + 400) is not None
    return kind is not AWS_SECRET or naming.is_random(match[1])


def _likely(path: str, lines: list[str]) -> Iterator[Found]:
    """What a file of settings gives a name like a secret's, encrypted values excepted."""
    encrypted = settings_files.encrypted(lines)
    for number, line in enumerate(lines, 1):
        named = (value for name, value in settings_files.assigned(line) if naming.is_secrets(name))
        if number not in encrypted and any(map(naming.looks_made, (*named, *settings_files.passwords(path, line)))):
            yield Found(path, number, KEYWORD_KIND, Certainty.LIKELY)


def _sent(path: str, lines: list[str]) -> Iterator[Found]:
    """What a request is sent with, whatever the file is."""
    for number, line in enumerate(lines, 1):
        if any(map(naming.looks_made, credentials.of_requests(line))):
            yield Found(path, number, SENT_KIND, Certainty.LIKELY)


def _guesses(path: str, lines: list[str], *, is_settings: bool) -> Iterator[Found]:
    if GENERATED.search(path):
        return
    for number, line in enumerate(lines, 1):
        if 8 <= len(line) <= settings_files.LONGEST_LINE and not HASH.search(line):
            for name in _kinds(line):
                if not (name == KEYWORD_KIND and is_settings and _is_about_one(line)):
                    yield Found(path, number, name, Certainty.GUESS)


def _is_about_one(line: str) -> bool:
    """Whether what is named like a secret is none, but the name of one, or where it is."""
    named = [name for name, _ in settings_files.assigned(line) if naming.SECRET.search(name)]
    return bool(named) and not any(naming.is_secrets(name) for name in named)


def _kinds(line: str) -> Iterator[str]:
    for kind in LIKELY:
        if any(not _harmless(match[0]) for pattern in kind.patterns for match in pattern.finditer(line)):
            yield kind.name
    if WORDS.search(line) and any(not _harmless(value) for value in KEYWORD(line)):
        yield KEYWORD_KIND
    for entropy in ENTROPY if '"' in line or "'" in line else ():
        values = (value for value in entropy.analyze_string(line) if not _harmless(value) and not NAME.fullmatch(value))
        if any(entropy.calculate_shannon_entropy(value) > entropy.entropy_limit for value in values):
            yield str(entropy.secret_type)


def _harmless(value: str) -> bool:
    return bool(
        is_potential_uuid(value)
        or is_sequential_string(value)
        or is_templated_secret(value)
        or "$" in value
        or OWN_ID.fullmatch(value)
    )


def text_of(content: bytes) -> str | None:
    """The text of a file, UTF-16 with its mark too; None: it is binary."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) and b"\0" in content[:8000]:
        return content.decode("utf-16", errors="replace")
    return None if b"\0" in content[:8000] else content.decode(errors="replace")


def contents(paths: Iterable[str], stream: BinaryIO) -> Iterator[tuple[str, str]]:
    """Path and text of each file in the stream; binary ones are left out."""
    for path in paths:
        size = int(stream.readline().split()[2])
        content = stream.read(size)
        stream.read(1)
        if (text := text_of(content)) is not None:
            yield path, text


def below(paths: Iterable[str], folder: Path) -> Iterator[tuple[str, str]]:
    """Path and text of each file of a folder; binary ones are left out."""
    for path in paths:
        if (text := text_of((folder / path).read_bytes())) is not None:
            yield path, text


def texts(paths: Iterable[str], place: Path) -> Iterator[tuple[str, str]]:
    """Path and text of each file of a folder, or of a file of contents."""
    if place.is_dir():
        yield from below(paths, place)
        return
    with place.open("rb") as stream:
        yield from contents(paths, stream)


def main(place: Path) -> None:
    """Answer the request on stdin."""
    paths: list[str] = json.load(sys.stdin)
    every = [one for path, text in texts(paths, place) for one in scan(path, text)]
    # What leaves no doubt comes first: a flood of guesses cannot push it out.
    every.sort(key=lambda one: (CERTAINTIES.index(one.certainty), one.path, one.line))
    found = [one for one in every if not one.allowed]
    left = found[FOUND_LIMIT:]
    sure: dict[tuple[str, int], bool] = {}
    for one in every:
        if one.allowed:
            sure.setdefault((one.path, one.line), one.certainty is Certainty.SURE)
    answer = {
        "found": [(one.path, one.line, one.kind, one.certainty) for one in found[:FOUND_LIMIT]],
        "more": (len(left), left[0].certainty if left else Certainty.GUESS),
        "allowed": list(sure)[:ALLOWED_LIMIT],
        "allowed_in_all": (len(sure), sum(sure.values())),
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
