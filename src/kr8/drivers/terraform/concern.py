"""Which files of a repository its Terraform configuration is made of (pure)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

CONFIGURATION = (".tf", ".tofu", ".tf.json", ".tofu.json")
OF_OPENTOFU = (".tofu", ".tofu.json")
"""What Terraform does not read."""
TESTS = (".tftest.hcl", ".tofutest.hcl")
"""Tests that kr8 reads; the first are those that Terraform and OpenTofu both run."""
TRIALS = (*TESTS, ".tftest.json", ".tofutest.json")
"""All that are tests."""
ALSO = (".tfvars", ".tfvars.json", *TRIALS, ".terraform.lock.hcl")
JUDGED = (*CONFIGURATION, *ALSO)
"""All that is configuration."""
_UP = re.compile(r"(?<!\.)\.\.(?!\.)(?:/[\w.-]+)*")
"""Three dots are no way up: they make arguments of a list."""


def is_configuration(path: str) -> bool:
    """Whether a file is Terraform configuration."""
    return path.endswith(JUDGED)


def is_of_opentofu(path: str) -> bool:
    """Whether a file is configuration that Terraform does not read."""
    return path.endswith(OF_OPENTOFU)


def concerned(files: Iterable[str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """The configuration, all files below its folders, and those below every path upwards that it names.

    `texts` are those of the configuration: a template that a module reads by `../` decides what is valid.
    """
    folders = {posixpath.dirname(path) for path in texts}
    for path, text in texts.items():
        folder = posixpath.dirname(path)
        for match in _UP.finditer(text):
            folders.add(posixpath.normpath(posixpath.join(folder, match[0])))
    if {"", "."} & folders or any(folder.startswith("..") for folder in folders):
        return tuple(files)
    return tuple(path for path in files if _is_among(path, folders))


def _is_among(path: str, named: set[str]) -> bool:
    """Whether a file, or a folder that it is in, is one of those named."""
    while path:
        if path in named:
            return True
        path = posixpath.dirname(path)
    return False
