"""The jobs that plan a pull request, and the one that writes the plans into it."""

from __future__ import annotations

import json

from kr8.generators.github.installation import installation
from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import (
    ALSO_AFTER_A_FAILURE,
    OURS,
    READ,
    TEMP,
    Job,
    Step,
    checkout,
    fetches_any,
    keeps,
    quoting,
    runs,
    script,
    uses,
)
from kr8.generators.github.validation import setup
from kr8.generators.identities import planning
from kr8.generators.terraform.environments import Place
from kr8.generators.yaml import Because, Value

NOT_BUILT = f"not-built-yet@sha256:{'0' * 64}"
"""The image of a service that was never applied."""
PULL_REQUEST = "github.event_name == 'pull_request'"
PLANS = f"{TEMP}/plans"
PULL_REQUEST_OF_OURS = f"{PULL_REQUEST} && {OURS}"


def plan_jobs(scope: Scope) -> dict[str, Job]:
    """The plans of a pull request and the comment with them, as far as there is anything to plan."""
    plans = {**({"plan": _kr8(scope)} if scope.planned else {}), **_terraform_jobs(scope)}
    return {**plans, "comment": _comment(scope, tuple(plans))} if plans else {}


def _kr8(scope: Scope) -> Job:
    """What kr8 would do, said by a kr8 that has deployed nothing yet."""
    steps = [
        runs(f"Plan {name}", quoting(script("plan")), if_=ALSO_AFTER_A_FAILURE, env={"ENVIRONMENT": name})
        for name in scope.planned
    ]
    return {
        "name": "Plan",
        "if": PULL_REQUEST,
        "runs-on": scope.parameters.runner,
        "timeout-minutes": 60,
        "permissions": READ,
        "steps": [checkout(), installation(), *steps, keeps("plan-kr8", PLANS, if_=ALSO_AFTER_A_FAILURE)],
    }


def _terraform_jobs(scope: Scope) -> dict[str, Job]:
    """What Terraform would do, for each environment with a role that may look."""
    names = [name for name in scope.on_ecs if scope.plan_role(name)]
    return {f"terraform-{name}": _terraform(scope, name) for name in names}


def _terraform(scope: Scope, name: str) -> Job:
    credentials: dict[str, Value] = {
        "role-to-assume": scope.plan_role(name),
        "aws-region": Place(scope.project, name).region,
        "role-session-name": f"kr8-plan-{name}",
    }
    given: dict[str, Value] = {
        "ENVIRONMENT": name,
        "FOLDER": f"infra/terraform/environments/{name}",
        "UNKNOWN_IMAGES": json.dumps(dict.fromkeys(scope.project.services, NOT_BUILT)),
    }
    steps: list[Step] = [
        checkout(),
        setup(scope),
        uses("aws-actions/configure-aws-credentials", given=credentials),
        runs("Plan", quoting(script("terraform")), env=given),
        keeps(f"plan-terraform-{name}", PLANS),
    ]
    return {
        "name": f"Plan Terraform of {name}",
        "if": PULL_REQUEST_OF_OURS,
        "needs": Because("validate", "It finds code in infrastructure code, which a plan would run."),
        "runs-on": scope.parameters.runner,
        "environment": Because(
            planning(name), "GitHub signs it to AWS; give it reviewers to ask them before it reads."
        ),
        "timeout-minutes": 30,
        "permissions": {"contents": "read", "id-token": Because("write", "To assume the role, without a key.")},
        "steps": steps,
    }


def _comment(scope: Scope, plans: tuple[str, ...]) -> Job:
    """The plans, in one comment that each push writes anew. It runs nothing of the pull request's."""
    told: dict[str, Value] = {
        "GH_TOKEN": "${{ github.token }}",
        "PULL_REQUEST": "${{ github.event.pull_request.number }}",
        "COMMIT": "${{ github.event.pull_request.head.sha }}",
    }
    return {
        "name": "Write the plan into the pull request",
        "if": f"{ALSO_AFTER_A_FAILURE} && {PULL_REQUEST_OF_OURS}",
        "needs": list(plans),
        "runs-on": scope.parameters.runner,
        "timeout-minutes": 10,
        "permissions": {"pull-requests": Because("write", "To write the comment.")},
        "steps": [fetches_any("plan-*", PLANS), runs("Write it", script("comment"), env=told)],
    }
