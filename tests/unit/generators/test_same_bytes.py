"""The same project gives the same bytes, whatever a process has of its own: the seed of its hashes, its language."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.tree import ROOT

DIGEST = """
import hashlib
from tests.support.manifests import shop
from tests.support.terraform import rich
from kr8.generators import ansible, kubernetes, terraform
files = [*terraform.generate(rich()), *kubernetes.generate(shop()), *ansible.generate(rich())]
assert len(files) > 100
whole = "".join(f"{file.path}\\0{file.text}\\0{file.executable}\\0" for file in files)
print(hashlib.sha256(whole.encode()).hexdigest())
"""


def test_the_seed_of_hashes_and_the_language_change_nothing() -> None:
    settings = ({"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"}, {"PYTHONHASHSEED": "2", "LC_ALL": "C"})
    printed = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            cwd=ROOT,
            env={**os.environ, **each, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for each in settings
    }
    assert len(printed) == 1
