"""An emulator of AWS for one test, and Terraform that talks to it instead of AWS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.request import Request, urlopen

import pytest

from kr8.drivers.toolbox.places import places

SOURCES = Path(__file__).resolve().parents[1] / "emulator"
ZONE = "shop.example.com"
SERVICES = (
    *("acm", "appautoscaling", "budgets", "cloudwatch", "ec2", "ecr", "ecs", "elbv2", "events", "iam", "kms", "logs"),
    *("route53", "servicediscovery", "s3", "scheduler", "secretsmanager", "sns", "sqs", "sts", "wafv2"),
)
"""What generated code uses; a service that is not here would be asked for at AWS, and refused for its credentials."""


class Emulator:
    """moto as a server, in an environment of its own, with a DNS zone that was there before."""

    def __init__(self, log: Path) -> None:
        """`log`: the file of what it says of requests, and of what it cannot answer."""
        self._log = log

    def __enter__(self) -> Self:
        place = places(Path(os.environ["KR8_TOOLS"]), SOURCES)["moto"]
        assert place.is_installed(), "moto is not installed: scripts/setup --test"
        argv = [str(place.program("python")), "-P", str(SOURCES / "aws.py"), ZONE]
        # With the end of its input it ends: also where this process is killed.
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=_environment()
            )
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline() or pytest.fail("the emulator did not start"))
        self.url = f"http://127.0.0.1:{told['port']}"
        self.zone: str = told["zone"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()

    def has_bucket(self, name: str) -> bool:
        """Whether a bucket is there."""
        try:
            with urlopen(Request(f"{self.url}/{name}", method="HEAD"), timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def divert(self, root: Path) -> None:
        """Have a root of a copy talk to the emulator: Terraform merges files of this name into what is there."""
        endpoints = "".join(f'    {service} = "{self.url}"\n' for service in SERVICES)
        (root / "emulator_override.tf").write_text(
            f'provider "aws" {{\n{ACCESS}  s3_use_path_style = true\n  max_retries = 2\n'
            f"  endpoints {{\n{endpoints}  }}\n}}\n"
        )
        backend = root / "backend.tf"
        if backend.exists():
            told = f'endpoints = {{ s3 = "{self.url}" }}\n'
            added = f"{ACCESS}    skip_requesting_account_id = true\n    use_path_style = true\n    {told}"
            # A backend block is not merged but taken instead: its own arguments stay in it.
            backend.write_text(backend.read_text().replace("use_lockfile = true\n", f"use_lockfile = true\n{added}"))


ACCESS = """\
  access_key = "emulated"
  secret_key = "emulated"
  skip_credentials_validation = true
  skip_metadata_api_check = true
"""


def diverted(folder: Path, to: Path, emulator: Emulator) -> dict[str, Path]:
    """A copy of infra/terraform whose roots talk to the emulator; the roots by their folder's path."""
    shutil.copytree(folder, to)
    roots = {str(path.parent.relative_to(to)): path.parent for path in to.glob("*/*/terraform.tfvars")}
    for root in roots.values():
        emulator.divert(root)
    return roots


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "MOTO_ACM_VALIDATION_WAIT": "1"}
