"""What Terraform asks of AWS, and what the roles of a pipeline may, both as IAM names it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.support.terraform import Terraform

FREE = {"sts:GetCallerIdentity", "iam:GetUser"}
"""What everybody may, and what the provider asks only where it does not check its credentials, as the emulator's."""
IAM_SERVICES = {
    "ApplicationAutoScaling": "application-autoscaling",
    "CloudWatchLogs": "logs",
    "ElasticLoadBalancingv2": "elasticloadbalancing",
    "EventBridge": "events",
    "Route53": "route53",
}
"""Services whose name is another one in IAM."""
IAM_NAMES = {
    "Budgets:DescribeBudget": "budgets:ViewBudget",
    "Budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "Budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "S3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "S3:GetBucketCors": "s3:GetBucketCORS",
    "S3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "S3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "S3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "S3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "S3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "S3:HeadBucket": "s3:ListBucket",
    "S3:HeadObject": "s3:GetObject",
    "S3:ListObjectsV2": "s3:ListBucket",
}
"""Calls whose action has another name in IAM."""


def roles(terraform: Terraform, root: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The roles for plans and for images, with their policy as `may`."""
    state = json.loads(terraform.ok(root, "show", "-json"))
    (module,) = state["values"]["root_module"]["child_modules"]
    made = {(each["type"], each["name"], each.get("index")): each["values"] for each in module["resources"]}
    plan, images = (
        made["aws_iam_role", *of] | {"may": json.loads(made["aws_iam_role_policy", *of]["policy"])}
        for of in (("plan", "production"), ("images", 0))
    )
    assert (plan["name"], images["name"]) == ("shop-pipeline-plan-production", "shop-pipeline-images")
    return plan, images


def trusted(role: dict[str, Any]) -> dict[str, str]:
    """What GitHub must say of a run for it to have the role: each claim has one value."""
    (statement,) = json.loads(role["assume_role_policy"])["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity" and set(statement["Condition"]) == {"StringEquals"}
    return {name.removeprefix(f"{issuer}:"): value for name, value in statement["Condition"]["StringEquals"].items()}


def allowed(role: dict[str, Any]) -> set[str]:
    """The actions of a role's policy."""
    statements = role["may"]["Statement"]
    assert {each["Effect"] for each in statements} == {"Allow"}
    actions = {action for each in statements for action in each["Action"]}
    assert not [action for action in actions if "*" in action]
    return actions


def calls(terraform: Terraform, root: Path, log: Path) -> set[str]:
    """What a plan of what is there asks of AWS, as IAM names it."""
    logged = terraform.environment | {"TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": str(log)}
    argv = [terraform.program, "plan", "-no-color"]
    done = subprocess.run(argv, cwd=root, env=logged, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: set[str] = set()
    for line in log.read_text().splitlines():
        service, method = (re.search(rf'rpc\.{name}=(?:"([^"]*)"|(\S+))', line) for name in ("service", "method"))
        if service and method:
            named = f"{(service[1] or service[2]).replace(' ', '')}:{method[1] or method[2]}"
            prefix, _, action = named.partition(":")
            found.add(IAM_NAMES.get(named) or f"{IAM_SERVICES.get(prefix, prefix.lower())}:{action}")
    return found - FREE
