"""Which files of a repository Ansible may read (pure)."""

from __future__ import annotations

from pathlib import PurePosixPath

from kr8.domain.code_names import TEMPLATES

SUFFIXES = (".yml", ".yaml")
PLAIN = frozenset({"group_vars", "host_vars", "vars", "defaults"})
"""Folders whose files are YAML also without a suffix."""


def is_read(path: str) -> bool:
    """Whether a file may be Ansible's, by its name: no other is given to it, for the guard looks into no other.

    Hidden files and folders are not: they are settings of tools, which kr8 has of its own.
    """
    pure = PurePosixPath(path)
    if _is_hidden(pure):
        return False
    return pure.suffix in SUFFIXES or (not pure.suffix and bool(PLAIN & set(pure.parts[:-1])))


def is_hidden_yaml(path: str) -> bool:
    """Whether a file is one that is not given to Ansible because it is hidden, and may be a playbook all the same."""
    return path.endswith(SUFFIXES) and _is_hidden(PurePosixPath(path)) and not path.startswith(TEMPLATES)


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith(".") for part in path.parts)
