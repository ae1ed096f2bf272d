"""Which files run here (on small disks as root, or by an ordinary user in a namespace), and what they begin with."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.repository import Repository
from tests.support.scene import Scene

ON_SMALL_DISKS = ("test_faults_full_disk.py", "test_supervisor_full_disk.py", "test_templates_that_stay.py")
ON_HOSTS = (
    "test_ansible_playbooks_run.py",
    "test_ansible_between_versions.py",
    "test_ansible_balanced_hosts.py",
)
"""What boots hosts: no user but root may have a machine's file system in one of its own."""

collect_ignore = ["test_small_disks_as_a_user.py"] if os.geteuid() == 0 else [*ON_SMALL_DISKS, *ON_HOSTS]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """A home of kr8's own. Who needs another one has a fixture of this name beside its tests."""
    with Scene() as made:
        yield made


@pytest.fixture
def shop(scene: Scene, tmp_path: Path) -> Repository:
    """A repository for what the home's kr8 validates."""
    return Repository(scene, tmp_path / "shop")
