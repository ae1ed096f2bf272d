"""Schemas that a repository has of its own: they judge kinds that kr8 knows none of, and others beside kr8's."""

from __future__ import annotations

from pathlib import Path

from kr8.domain.yaml_code import Node

FOLDER = ".kr8/schemas/"
"""Below it: GROUP/KIND_VERSION.json in small letters, as the public catalogues of schemas name them."""


def is_given(path: str) -> bool:
    """Whether a file is such a schema."""
    return path.startswith(FOLDER) and path.endswith(".json")


def path_of(node: Node) -> str:
    """Where the schema of an object would lie."""
    group, _, version = node.text("apiVersion").rpartition("/")
    return f"{FOLDER}{group}/{node.text('kind').lower()}_{version}.json"


def read(root: Path, path: str) -> str:
    """What a file says. It is parsed where objects are judged: what it does to a parser is done to nobody else."""
    return (root / path).read_bytes().decode(errors="replace")
