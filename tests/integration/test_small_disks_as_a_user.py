"""What needs a small disk, run by an ordinary user: in a namespace in which they may mount one."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.conftest import ON_SMALL_DISKS
from tests.support.small_disk import OWN_NAMESPACE

HERE = Path(__file__).parent


@pytest.mark.parametrize("file", ON_SMALL_DISKS)
def test_it_holds_in_a_namespace_of_its_own(file: str) -> None:
    argv = [*OWN_NAMESPACE, sys.executable, "-m", "pytest", "-q", str(HERE / file)]
    done = subprocess.run(argv, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    assert (done.returncode, " passed" in done.stdout) == (0, True), done.stdout + done.stderr
