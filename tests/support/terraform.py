"""The real Terraform with the real AWS provider, as found on this machine, and projects for it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.support.values import HOSTILE

from kr8.domain.project import Project
from kr8.drivers.terraform import mirror
from kr8.generators.terraform import generate

PROVIDER = "hashicorp/aws"
LIMIT_S = 500
LAST_LINES = 60


class Terraform:
    """Runs Terraform with nobody's settings, providers from this machine and no others."""

    def __init__(self, scratch: Path) -> None:
        """Fails where Terraform or the provider is not on this machine."""
        self.program = shutil.which("terraform") or pytest.fail("terraform is not on the PATH: nothing was checked")
        settings = scratch / "terraform.rc"
        paths = [f"  filesystem_mirror {{\n    path = {json.dumps(str(_mirror()))}\n  }}\n"]
        settings.write_text(f"disable_checkpoint = true\nprovider_installation {{\n{''.join(paths)}}}\n")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, folder: Path, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command in a folder; `said` is its standard input."""
        return subprocess.run(
            [self.program, *words],
            cwd=folder,
            env=self.environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def ok(self, folder: Path, *words: str, said: str = "") -> str:
        """Run a command that must succeed; its output."""
        done = self.run(folder, *words, said=said)
        last = "\n".join(done.stdout.splitlines()[-LAST_LINES:])
        assert done.returncode == 0, f"{folder.name}: {' '.join(words)}\n{last}\n{done.stderr}"
        return done.stdout


def _mirror() -> Path:
    """The folder that has the provider: HOST/NAMESPACE/NAME/VERSION/PLATFORM below it."""
    versions = mirror.find(os.environ).get(PROVIDER, {})
    fitting = {version: folder for version, folder in versions.items() if (5, 100) <= _numbers(version) < (6,)}
    if not fitting:
        pytest.fail(f"the provider {PROVIDER} >= 5.100, < 6 is not on this machine: {sorted(versions) or 'none'} is")
    return max(fitting.items(), key=lambda item: _numbers(item[0]))[1].parents[4]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def written(project: Project, folder: Path) -> Path:
    """Write what is generated; the folder infra/terraform."""
    for file in generate(project):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    return folder / "infra" / "terraform"


def roots(folder: Path) -> Iterable[Path]:
    """The folders that somebody would run Terraform in."""
    return sorted(path.parent for path in folder.glob("*/*/terraform.tfvars"))


def small(**terraform: Any) -> Project:
    """One service in one environment, and nothing said that need not be said."""
    return Project.model_validate(
        {
            "project": {"name": "shop", "id": "prj_7k2m9q"},
            "services": {"web": {"run": ["serve", "{port}"]}},
            "environments": {"production": {"target": "ecs"}},
            "infrastructure": {"terraform": terraform},
        }
    )


def rich() -> Project:
    """Services of every kind, secrets, and three environments that differ in all that may."""
    return Project.model_validate(rich_values())


def rich_values() -> dict[str, Any]:
    return {
        "project": {"name": "shop", "id": "prj_7k2m9q", "description": HOSTILE},
        "services": {
            "api": {
                "run": ["uvicorn", "shop:app", "--port", "{port}", HOSTILE],
                "health": {"path": "/healthz"},
                "env": {"LOG_LEVEL": "info", "GREETING": HOSTILE},
                "secrets": ["DATABASE_URL", "TOKEN"],
                "slo": {"errors": "0.5%", "p99": "300ms"},
                "memory": "1500M",
                "before": {"run": ["migrate", HOSTILE]},
            },
            "web": {"run": ["node", "server.js", "{port}"], "needs": ["api"]},
            "mailer": {"kind": "worker", "run": ["mailer"], "secrets": ["TOKEN"], "instances": 2},
            "report": {"kind": "job", "run": ["report"]},
            "import": {"kind": "job", "run": ["import"]},
        },
        "environments": {
            "development": {"target": "ecs", "account": "staging", "infrastructure": {"terraform": _DEVELOPMENT}},
            "staging": {"target": "ecs", "account": "staging", "env": {"LOG_LEVEL": "debug", "GREETING": HOSTILE}},
            "production": {
                "target": "ecs",
                "account": "production",
                "builds_from": "staging",
                "strategy": {"kind": "blue-green", "drain_limit": "1m"},
                "scale": {"api": {"min": 2, "max": 8, "rps": 200}, "mailer": {"min": 2, "max": 4}},
                "infrastructure": {"terraform": _PRODUCTION},
            },
        },
        "accounts": {
            "staging": {"id": "210987654321"},
            "production": {"id": "123456789012", "region": "eu-west-1"},
        },
        "infrastructure": {
            "terraform": {
                "domain": "shop.example.com",
                "zone_id": "Z0123456789ABCDEFGHIJ",
                "paths": {"api": ["/api/*", "/v2/*"]},
                "schedules": {"report": "cron(0 3 * * ? *)"},
                "notify": ["on-call@example.com"],
                "pipeline": {"repository": "Ada-Shop/shop.web"},
            }
        },
    }


_DEVELOPMENT = {
    "domain": "dev.shop.example.com",
    "egress": "endpoints",
    "firewall": False,
    "spot": True,
    "architecture": "ARM64",
}
_PRODUCTION = {
    "domain": "www.shop.example.com",
    "zones": 3,
    "interface_endpoints": True,
    "monthly_usd": 900,
    "sizes": {"api": {"cpu": 1024, "memory": 4096}},
    "secrets": {"DATABASE_URL": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/database-AbCdEf"},
}
