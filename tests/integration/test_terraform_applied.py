"""What is generated, applied by the real provider to an emulator of AWS, planned again, and destroyed.

All of it is: state bucket, network, load balancer, certificate, firewall, services of every kind, alarms, budget, and
the roles of the pipeline, of which one must allow what the plan of the rest asks. The emulator, moto, stores what it is
told; no task runs.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_rights import allowed, calls, roles, trusted
from tests.support.emulator import ZONE, Emulator, diverted
from tests.support.terraform import Terraform, written

from kr8.domain.project import Project

ROOT = "environments/production"
BOOTSTRAP = "bootstrap/production"
IDENTITY = "pipeline/production"
BUCKET = "shop-7k2m9q-production-tfstate"
IMAGE = "registry.example.com/{}@sha256:" + "0" * 64
WIDE = "-parallelism=40"
"""Much of an apply is the provider's own waiting."""


def shop() -> Project:
    """Two HTTP services, a worker and a job with everything that needs a module."""
    return Project.model_validate(
        {
            "project": {"name": "shop", "id": "prj_7k2m9q"},
            "services": {
                "web": {
                    "run": ["serve", "{port}"],
                    "needs": ["api"],
                    "secrets": ["TOKEN"],
                    "slo": {"errors": "1%", "p99": "500ms"},
                },
                "api": {"run": ["api", "{port}"], "before": {"run": ["migrate"]}},
                "mailer": {"kind": "worker", "run": ["mailer"]},
                "report": {"kind": "job", "run": ["report"]},
            },
            "environments": {
                "production": {
                    "target": "ecs",
                    "account": "production",
                    "scale": {"web": {"min": 2, "max": 6, "rps": 100}},
                }
            },
            "accounts": {"production": {"id": "123456789012", "region": "eu-west-1"}},
            "infrastructure": {
                "terraform": {
                    "domain": ZONE,
                    "zone_id": "Z0123456789ABCDEFGHIJ",
                    "paths": {"api": ["/api/*"]},
                    "schedules": {"report": "cron(0 3 * * ? *)"},
                    "notify": ["on-call@example.com"],
                    "interface_endpoints": True,
                    "deletion_protection": False,
                    "pipeline": {"repository": "Ada@123456/shop@456789"},
                }
            },
        }
    )


def test_an_environment_is_applied_planned_again_without_a_difference_of_ours_and_destroyed(tmp_path: Path) -> None:
    terraform, project = Terraform(tmp_path), shop()
    with Emulator(tmp_path / "emulator.log") as emulator, ThreadPoolExecutor(1) as beside:
        roots = diverted(written(project, tmp_path / "shop"), tmp_path / "copy", emulator)
        values = {"images": {name: IMAGE.format(name) for name in project.services}, "zone_id": emulator.zone}
        (roots[ROOT] / "emulator.auto.tfvars.json").write_text(json.dumps(values))

        bootstrapped = beside.submit(applied, terraform, roots[BOOTSTRAP])
        until(lambda: bootstrapped.done() or emulator.has_bucket(BUCKET))
        begun(terraform, roots[ROOT])
        found = applied(terraform, roots[ROOT]) + bootstrapped.result()
        assert not found, "\n".join(found)
        moved(terraform, roots[BOOTSTRAP], roots[ROOT])
        assert modules_in_state(terraform, roots[ROOT]) == modules_in_code(roots[ROOT])
        terraform.ok(roots[ROOT], "plan", "-no-color", "-var", "spot=true", "-out", "spot")
        does = planned(terraform, roots[ROOT], "spot")
        services = [does[address] for address in does if "ecs_service" in address]
        assert services == [("update",)] * 3, "and not made anew"

        found = applied(terraform, roots[IDENTITY])
        assert not found, "\n".join(found)
        plan, images = roles(terraform, roots[IDENTITY])
        assert trusted(plan) == {
            "aud": "sts.amazonaws.com",
            "sub": "repo:Ada@123456/shop@456789:environment:plan-production",
        }
        assert trusted(images) == {"aud": "sts.amazonaws.com", "sub": "repo:Ada@123456/shop@456789:ref:refs/heads/main"}
        asked = calls(terraform, roots[ROOT], tmp_path / "plan.log")
        assert len(asked) > 80 and asked - allowed(plan) == set()
        assert {each.partition(":")[0] for each in allowed(images)} == {"ecr"}

        for root in (roots[ROOT], roots[IDENTITY]):
            terraform.ok(root, "destroy", "-auto-approve", "-no-color", WIDE)
            assert terraform.ok(root, "state", "list") == ""
        refused = terraform.run(roots[BOOTSTRAP], "destroy", "-auto-approve", "-no-color")
        assert refused.returncode != 0 and "prevent_destroy" in refused.stderr  # the states are in it


def begun(terraform: Terraform, root: Path) -> None:
    """Make what images are pushed to and values are set in before anything starts, as the how-to says."""
    terraform.ok(root, "init", "-no-color")
    first = ("-target=module.registry", "-target=module.secrets")
    terraform.ok(root, "apply", "-auto-approve", "-no-color", WIDE, *first)
    assert modules_in_state(terraform, root) == {"encryption", "registry", "secrets"}


def moved(terraform: Terraform, bootstrap: Path, root: Path) -> None:
    """Put the bootstrap's state into the bucket that it made, as the how-to says."""
    backend = (root / "backend.tf").read_text()
    (bootstrap / "backend.tf").write_text(backend.replace('"terraform.tfstate"', '"bootstrap.tfstate"'))
    terraform.ok(bootstrap, "init", "-migrate-state", "-force-copy", "-no-color")
    (bootstrap / "terraform.tfstate").unlink()
    assert modules_in_state(terraform, bootstrap) == {"state_backend"}


def applied(terraform: Terraform, root: Path) -> list[str]:
    """Make a root's resources; what a second plan would change."""
    terraform.ok(root, "init", "-no-color")
    terraform.ok(root, "apply", "-auto-approve", "-no-color", WIDE)
    planned = terraform.run(root, "plan", "-no-color", "-detailed-exitcode", "-out", "again")
    if planned.returncode == 0:
        return []
    assert planned.returncode == 2, planned.stderr
    told = json.loads(terraform.ok(root, "show", "-json", "again"))
    return [
        f"{change['address']}: {change['change']['actions']}: {changed(change['change'])}"
        for change in told["resource_changes"]
        if change["change"]["actions"] != ["no-op"]
    ] or ["outputs"]


def planned(terraform: Terraform, root: Path, plan: str) -> dict[str, tuple[str, ...]]:
    """What a stored plan does to each resource."""
    told = json.loads(terraform.ok(root, "show", "-json", plan))
    return {change["address"]: tuple(change["change"]["actions"]) for change in told["resource_changes"]}


def changed(change: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The arguments that differ, before and after."""
    before, after = change["before"] or {}, change["after"] or {}
    names = sorted({*before, *after})
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def modules_in_state(terraform: Terraform, root: Path) -> set[str]:
    """The modules that have resources, without their instances."""
    listed = terraform.ok(root, "state", "list").splitlines()
    return {address.split(".")[1].partition("[")[0] for address in listed if address.startswith("module.")}


def modules_in_code(root: Path) -> set[str]:
    """The modules that the root is made of."""
    lines = (root / "main.tf").read_text().splitlines()
    return {line.split('"')[1] for line in lines if line.startswith("module ")}


def until(holds: Any, seconds: float = 120.0) -> None:
    """Wait for something to hold."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            pytest.fail(f"nothing came of {seconds:.0f} s of waiting")
        time.sleep(0.2)
