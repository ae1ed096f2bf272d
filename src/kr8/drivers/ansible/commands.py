"""What Ansible and ansible-lint are told (pure)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

CONFIGURATION = "ansible.cfg"
LINT_CONFIGURATION = "lint.yml"
LINTING = Path(__file__).with_name("linting.py")


def stand_in(scratch: Path) -> Path:
    """What ansible-lint takes for ansible-playbook, which it starts for every playbook and every role.

    ansible-playbook is asked itself, so that all that ansible-lint passes on of it is left out: half of its time.
    """
    return scratch / "stand-in" / "ansible-playbook"


def environment(programs: Iterable[Path], scratch: Path) -> dict[str, str]:
    """What they find in their environment: no settings, roles, collections or plugins of anybody.

    `programs`: the folders of their own programs, for ansible-lint starts others.
    """
    empty = str(scratch / "empty")
    return {
        "PATH": os.pathsep.join((*map(str, programs), os.defpath)),
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


def syntax(program: Path, *playbooks: str) -> tuple[str, ...]:
    """Read playbooks and what they import; run none of it."""
    return (str(program), "--syntax-check", "-i", "localhost,", "--", *playbooks)


def lint(python: Path, configuration: Path) -> tuple[str, ...]:
    """Print as JSON what is wrong with the files here; downloads nothing."""
    told = ("--offline", "--profile", "production", "--format", "json", "--nocolor", "-c", str(configuration))
    return (str(python), "-P", str(LINTING), *told)
