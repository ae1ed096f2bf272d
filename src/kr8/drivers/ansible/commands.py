"""What Ansible and ansible-lint are told (pure)."""

from __future__ import annotations

import os
from pathlib import Path

CONFIGURATION = "ansible.cfg"
LINT_CONFIGURATION = "lint.yml"


def environment(programs: Path, scratch: Path) -> dict[str, str]:
    """What they find in their environment: no settings, roles, collections or plugins of anybody.

    `programs`: the folder of their own programs, for ansible-lint starts ansible-playbook.
    """
    empty = str(scratch / "empty")
    return {
        "PATH": os.pathsep.join((str(programs), os.defpath)),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_HOME": str(scratch / "ansible"),
        "ANSIBLE_CONFIG": str(scratch / CONFIGURATION),
        "ANSIBLE_COLLECTIONS_PATH": empty,
        "ANSIBLE_ROLES_PATH": empty,
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
        "NO_COLOR": "1",
    }


def version(program: Path) -> tuple[str, ...]:
    """Print the version."""
    return (str(program), "--version")


def syntax(program: Path, playbook: str) -> tuple[str, ...]:
    """Read a playbook and what it imports; run none of it."""
    return (str(program), "--syntax-check", "-i", "localhost,", "--", playbook)


def lint(program: Path, configuration: Path) -> tuple[str, ...]:
    """Print as JSON what is wrong with the files here; downloads nothing."""
    told = ("--offline", "--profile", "production", "--format", "json", "--nocolor", "-c", str(configuration))
    return (str(program), *told)
