"""Reads YAML files without running or fetching anything, in bounded time and memory (pure).

JSON is read as YAML, which it is but for one of its escapes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from yaml import MarkedYAMLError, YAMLError

from kr8.domain.terraform_code import Unreadable
from kr8.domain.yaml_code import Node, YamlCode, YamlFile
from kr8.drivers.yaml_files.limits import MOST_BYTES, Refusal
from kr8.drivers.yaml_files.nodes import Reading

SUFFIXES = (".yaml", ".yml")
_IN_TWO_HALVES = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
"""How JSON writes a character for which four digits are too few."""


def read(files: Mapping[str, bytes]) -> YamlCode:
    """The files; what cannot be read, or is refused, is told by place, and what stands before it is there."""
    found: dict[str, YamlFile] = {}
    unreadable: list[Unreadable] = []
    for path, content in sorted(files.items()):
        documents: list[Node] = []
        reading: Reading | None = None
        try:
            reading = Reading(path, _text(path, content))
            documents.extend(reading.documents())
        except Refusal as refusal:
            unreadable.append(Unreadable(refusal.place, refusal.why))
        except YAMLError as error:
            unreadable.append(_told(path, content, error))
        found[path] = YamlFile(tuple(documents), tuple(reading.doubled) if reading else ())
    return YamlCode(found, tuple(unreadable))


def _text(path: str, content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Refusal(f"{path}:1", f"it has {len(content):,} bytes; at most {MOST_BYTES:,} are read")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Refusal(f"{path}:{line}", f"byte 0x{content[error.start]:02x} is not UTF-8") from None
    return _IN_TWO_HALVES.sub(_in_one, text) if path.endswith(".json") else text


def _in_one(halves: re.Match[str]) -> str:
    character = chr(int(halves[2], 16)) + chr(int(halves[3], 16))
    return halves[1] + character.encode("utf-16", "surrogatepass").decode("utf-16")


def _told(path: str, content: bytes, error: YAMLError) -> Unreadable:
    """The parser's own words, but where a tab is what is wrong."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        position = int(getattr(error, "position", 0))
        line = content.decode("utf-8-sig")[:position].count("\n") + 1
        return Unreadable(f"{path}:{line}", str(getattr(error, "reason", error)))
    line = error.problem_mark.line + 1
    lines = content.decode("utf-8-sig").splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    tabbed = "\t" in written[: len(written) - len(written.lstrip())]
    why = "a tab stands where YAML takes spaces only" if tabbed else str(error.problem)
    return Unreadable(f"{path}:{line}", why)
