"""Where the files of `infra/ansible` lie, and what stands above each."""

from __future__ import annotations

from kr8.domain.source import SourceFile
from kr8.generators.header import header
from kr8.generators.yaml import Value, documents

FOLDER = "infra/ansible"
HEADER = header("generate_ansible")

LONGEST_LINE = 160
"""What ansible-lint allows."""
ANY_LENGTH = "# yamllint disable rule:line-length"


def values(path: str, value: Value) -> SourceFile:
    """A file of values."""
    text = documents(value, header=HEADER)
    # A text of kr8.toml cannot be broken into lines: ansible-lint would mind each that is long.
    is_long = any(len(line) > LONGEST_LINE for line in text.splitlines())
    start = f"\n{ANY_LENGTH}\n---\n" if is_long else "\n---\n"
    return SourceFile(path=f"{FOLDER}/{path}", text=text.replace("\n\n", start, 1))


def fixed(path: str, text: str) -> SourceFile:
    """A file that is the same in every project."""
    return SourceFile(path=f"{FOLDER}/{path}", text=f"# {HEADER}\n{text}")
