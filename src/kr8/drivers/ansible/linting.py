"""Runs ansible-lint as its own program does, without three things that take a third of its time.

Runs in ansible-lint's own environment, with the standard library and ansible-lint alone:

    python -P linting.py ARGUMENTS OF ansible-lint

It copies each task once for every rule, and with it each text's note of where it stands; and it matches a path with
thirty patterns whenever it meets it; and it starts Ansible to hear its version. Here what nothing can change is its own
copy, a file's kind is found once, and the version is read.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
from datetime import date, time
from importlib.metadata import version
from pathlib import Path
from typing import Any

UNCHANGING = (str, bytes, int, float, date, time)
"""What the values are that nothing can change; Ansible derives from each one that knows where it stands."""


def itself(value: Any, _copied: dict[int, Any]) -> Any:
    """The deep copy of a value that nothing can change."""
    return value


def hasten() -> None:
    """Have nothing done again that comes out as before.

    The lock says which ansible-lint this is; what another one has not got stays as it is.
    """
    for once in (copy_nothing_unchanging, find_kinds_once, read_the_version):
        with contextlib.suppress(ImportError, AttributeError):
            once()


def copy_nothing_unchanging() -> None:
    """Have no value copied that nothing can change, nor what is noted of where it stands."""
    tags: Any = importlib.import_module("ansible.module_utils._internal._datatag")
    tagged: list[Any] = [kind for kind in tags.AnsibleTaggedObject.__subclasses__() if issubclass(kind, UNCHANGING)]
    for kind in (tags._AnsibleTagsMapping, *tagged):
        kind.__deepcopy__ = itself


def find_kinds_once() -> None:
    """Have the kind of a file found once."""
    files: Any = importlib.import_module("ansiblelint.file_utils")
    files.kind_from_path = functools.cache(files.kind_from_path)


def read_the_version() -> None:
    """Have nobody started who says which version of Ansible this is."""
    runtime: Any = importlib.import_module("ansible_compat.runtime")
    runtime.Runtime._version = runtime.Version(version("ansible-core"))


def main() -> None:
    """Be ansible-lint; ends the process with its exit code."""
    hasten()
    sys.argv[0] = str(Path(sys.executable).with_name("ansible-lint"))
    importlib.import_module("ansiblelint.__main__")._run_cli_entrypoint()


if __name__ == "__main__":
    main()
