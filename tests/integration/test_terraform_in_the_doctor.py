"""`kr8 doctor` says which Terraform and which providers there are, or what goes unchecked without."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from kr8.drivers.process.driver import Processes
from kr8.drivers.terraform.look import terraform_look
from kr8.drivers.terraform.mirror import HOSTS
from kr8.ports.health import Check


def looked(environ: dict[str, str], given: Path) -> dict[str, Check]:
    look = terraform_look(Processes(os.environ), environ, str(given))

    async def checks() -> tuple[Check, ...]:
        return await look()

    return {check.name: check for check in asyncio.run(checks())}


def test_the_program_and_the_providers_that_are_there_are_named(tmp_path: Path) -> None:
    program = shutil.which("tofu") or shutil.which("terraform")
    assert program is not None, "nothing was checked: Terraform is not on the PATH"
    for version in ("5.100.0", "6.1.0"):
        (tmp_path / HOSTS[0] / "hashicorp/aws" / version / "linux_amd64").mkdir(parents=True)
        (tmp_path / HOSTS[0] / "hashicorp/aws" / version / "linux_arm64").mkdir(parents=True)
    found = looked({"PATH": os.environ["PATH"]}, tmp_path)
    assert {name: check.result for name, check in found.items()} == {"terraform": "ok", "providers": "ok"}
    assert found["terraform"].what.endswith(program) and found["terraform"].what[0].isdigit()
    assert found["providers"].what == "hashicorp/aws 5.100.0, 6.1.0"


@pytest.mark.parametrize("script", [False, True])
def test_what_is_not_there_is_a_warning_with_what_to_do(tmp_path: Path, script: bool) -> None:
    if script:
        (tmp_path / "terraform").write_text("#!/bin/sh\nexit 0\n")
        (tmp_path / "terraform").chmod(0o755)
    found = looked({"PATH": str(tmp_path)}, tmp_path)
    assert {name: check.result for name, check in found.items()} == {"terraform": "warning", "providers": "warning"}
    assert ("is a script" if script else "Neither tofu nor terraform") in found["terraform"].what
    assert all(check.mend for check in found.values()) and "KR8_PROVIDERS" in found["providers"].mend
