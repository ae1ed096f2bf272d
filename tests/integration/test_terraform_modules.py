"""What a module makes of its inputs: the real program makes it by a provider that has the schema and asks nobody."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.terraform import LIMIT_S, rich, written

from kr8.drivers.terraform import commands, schema
from kr8.drivers.toolbox.places import places

ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop-production"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:shop-production-notices"
MOCK = f"""\
mock_provider "aws" {{
  mock_data "aws_caller_identity" {{
    defaults = {{ account_id = "{ACCOUNT}" }}
  }}
  mock_data "aws_partition" {{
    defaults = {{ partition = "aws" }}
  }}
  mock_data "aws_region" {{
    defaults = {{ id = "{REGION}" }}
  }}
}}

run "apply" {{
}}
"""
Said = Callable[..., str]
Made = Callable[[str, Mapping[str, object]], Mapping[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """infra/terraform of a project that has everything."""
    return written(rich(), tmp_path_factory.mktemp("rich"))


@pytest.fixture(scope="module")
def said(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """Has Terraform say something in a folder, with the schema alone."""
    program = shutil.which("terraform") or pytest.fail("terraform is not on the PATH: nothing was checked")
    place = places(Path(os.environ["KR8_TOOLS"]))[schema.TOOL]
    assert place.is_installed(), "aws-schema is not built: Go is missing"
    scratch = tmp_path_factory.mktemp("terraform")
    (scratch / "configuration").write_text(commands.configuration({schema.AWS: place.folder / "bin"}))

    def say(at: Path, *words: str) -> str:
        texts = [path.read_text() for path in (folder if at.parent.name == "environments" else at).rglob("*.tf*")]
        env = commands.environment(scratch, at) | dict(schema.environment(texts))
        done = subprocess.run([program, *words], cwd=at, env=env, capture_output=True, text=True, timeout=LIMIT_S)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    return say


@pytest.fixture(scope="module")
def made(folder: Path, said: Said) -> Made:
    """Makes a module; what was made, by its address."""

    def make(module: str, inputs: Mapping[str, object]) -> Mapping[str, dict[str, Any]]:
        at = folder / "modules" / module
        (at / "terraform.tfvars.json").write_text(json.dumps(inputs))
        (at / "made.tftest.hcl").write_text(MOCK)
        lines = [json.loads(line) for line in said(at, "test", "-json", "-verbose").splitlines()]
        (state,) = (each["test_state"] for each in lines if each["type"] == "test_state")
        return {each["address"]: each["values"] for each in state["root_module"]["resources"]}

    return make


JOB = {
    "name": "shop-production-report",
    "schedule": "cron(0 3 * * ? *)",
    "timezone": "UTC",
    "cluster_arn": CLUSTER,
    "task_definition_arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/shop-production-report",
    "family": "shop-production-report",
    "role_arns": [f"arn:aws:iam::{ACCOUNT}:role/shop-production-report-task"],
    "vpc_id": "vpc-0",
    "cidr": "10.0.0.0/16",
    "subnet_ids": ["subnet-0"],
    "outbound_ports": [443],
    "topic_arn": TOPIC,
    "key_arn": KEY,
}


def test_a_schedule_may_tag_the_run_that_it_starts(made: Made) -> None:
    """AWS asks for it where tags are propagated: without, no run begins."""
    may = statements(made("job", JOB)["aws_iam_role_policy.schedule[0]"]["policy"])
    assert may["ecs:TagResource"] == {
        "Effect": "Allow",
        "Action": "ecs:TagResource",
        "Resource": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop-production/*",
        "Condition": {"StringEquals": {"ecs:CreateAction": "RunTask"}},
    }


def test_a_run_that_could_not_be_started_is_kept_and_told(made: Made) -> None:
    job = made("job", JOB)
    queue = job["aws_sqs_queue.unstarted[0]"]
    (target,) = job["aws_scheduler_schedule.this[0]"]["target"]
    assert target["dead_letter_config"] == [{"arn": queue["arn"]}]
    assert queue["kms_master_key_id"] == KEY
    may = statements(job["aws_iam_role_policy.schedule[0]"]["policy"])
    assert may["sqs:SendMessage"]["Resource"] == queue["arn"]
    assert may["kms:Decrypt kms:GenerateDataKey"]["Resource"] == KEY  # the schedule's own, and what the queue is given
    alarm = job["aws_cloudwatch_metric_alarm.unstarted[0]"]
    assert (alarm["metric_name"], alarm["dimensions"]) == (
        "ApproximateNumberOfMessagesVisible",
        {"QueueName": queue["name"]},
    )
    assert alarm["alarm_actions"] == [TOPIC]


def test_a_job_without_a_schedule_has_no_queue(made: Made) -> None:
    assert not [address for address in made("job", {**JOB, "schedule": None}) if "[0]" in address]


def test_events_get_the_key_without_a_condition_that_eventbridge_does_not_fulfil(made: Made) -> None:
    policy = json.loads(made("encryption", {"name": "shop-production"})["aws_kms_key.this"]["policy"])
    given = {json.dumps(each["Principal"]): each for each in policy["Statement"]}
    events = given['{"Service": "events.amazonaws.com"}']
    assert "Condition" not in events and events["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    others = given['{"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]}']
    assert others["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


FIREWALL = {
    "name": "shop-production",
    "load_balancer_arn": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/shop-production/0",
    "requests_per_address": 2000,
    "log_days": 30,
    "key_arn": KEY,
}


def test_a_body_that_is_larger_than_a_firewall_looks_into_is_counted_and_not_refused(made: Made) -> None:
    rules = {rule["name"]: rule for rule in acl(made)["rule"]}
    (managed,) = rules["AWSManagedRulesCommonRuleSet"]["statement"][0]["managed_rule_group_statement"]
    (counted,) = managed["rule_action_override"]
    assert counted["name"] == "SizeRestrictions_BODY" and counted["action_to_use"][0]["count"]
    for name in ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"):
        (managed,) = rules[name]["statement"][0]["managed_rule_group_statement"]
        assert not managed["rule_action_override"]


def acl(made: Made) -> dict[str, Any]:
    return made("firewall", FIREWALL)["aws_wafv2_web_acl.this"]


def statements(policy: str) -> dict[str, Any]:
    """The statements of a policy, by their actions."""
    found: dict[str, Any] = {}
    for each in json.loads(policy)["Statement"]:
        actions = [each["Action"]] if isinstance(each["Action"], str) else each["Action"]
        found[" ".join(actions)] = each
    return found


ALARMS: dict[str, Any] = {
    "name": "shop-production-web",
    "cluster_name": "shop-production",
    "service": "web",
    "min": 2,
    "topic_arn": TOPIC,
    "load_balancer": "app/shop-production/0",
    "target_groups": {"blue": "targetgroup/web-blue/0", "green": "targetgroup/web-green/0"},
}


def test_an_instance_that_runs_and_does_not_answer_is_told_whichever_group_it_is_in(made: Made) -> None:
    alarms = made("alarms", ALARMS)
    for colour, group in ALARMS["target_groups"].items():
        alarm = alarms[f'aws_cloudwatch_metric_alarm.unhealthy["{colour}"]']
        assert alarm["metric_name"] == "UnHealthyHostCount" and alarm["alarm_actions"] == [TOPIC]
        assert alarm["dimensions"] == {"LoadBalancer": "app/shop-production/0", "TargetGroup": group}


BALANCER = {
    "name": "shop-production",
    "vpc_id": "vpc-0",
    "cidr": "10.0.0.0/16",
    "subnet_ids": ["subnet-0", "subnet-1"],
    "container_port": 8080,
    "certificate_arn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/0",
    "zone_id": None,
    "hosts": [],
    "deletion_protection": False,
    "log_days": 30,
    "errors": 0.5,
    "topic_arn": TOPIC,
}


def test_what_the_load_balancer_answers_because_no_instance_did_is_told(made: Made) -> None:
    balancer = made("load_balancer", BALANCER)
    alarm = balancer["aws_cloudwatch_metric_alarm.errors"]
    assert (alarm["threshold"], alarm["alarm_actions"]) == (0.5, [TOPIC])
    measured = {each["id"]: each["metric"][0] for each in alarm["metric_query"] if each["metric"]}
    assert {name: each["metric_name"] for name, each in measured.items()} == {
        "errors": "HTTPCode_ELB_5XX_Count",
        "requests": "RequestCount",
    }
    suffix = balancer["aws_lb.this"]["arn_suffix"]
    assert {str(each["dimensions"]) for each in measured.values()} == {str({"LoadBalancer": suffix})}


WAY_OUT = {
    "module.network.aws_route.nat",
    "module.network.aws_route.internet",
    "module.network.aws_route_table_association.private",
    "module.network.aws_vpc_endpoint.interface",
    "module.roles.aws_iam_role_policy.execution",
}


def test_nothing_starts_before_it_can_reach_its_image_and_its_role_may_pull_it(folder: Path, said: Said) -> None:
    """A service whose first tasks cannot gives up, and has nothing to go back to."""
    root = folder / "environments" / "staging"
    (root / "backend.tf").unlink()  # a graph wants to know the state
    said(root, "get")
    edges: dict[str, set[str]] = {}
    for source, needed in re.findall(r'"([^"]+)" -> "([^"]+)"', said(root, "graph")):
        edges.setdefault(source, set()).add(needed)
    starts = {
        "module.http.aws_ecs_service.this": "module.http",
        "module.worker.aws_ecs_service.this": "module.worker",
        "module.job.aws_scheduler_schedule.this": "module.job",
    }
    for start, module in starts.items():
        rules = {f"{module}.aws_vpc_security_group_egress_rule.{name}" for name in ("network", "outside")}
        assert WAY_OUT | rules <= reached(edges, start), start
    assert "module.job.aws_iam_role_policy.schedule" in reached(edges, "module.job.aws_scheduler_schedule.this")


def reached(edges: Mapping[str, set[str]], start: str) -> set[str]:
    """Everything that is made before something."""
    found: set[str] = set()
    left = {start}
    while left:
        left = {needed for each in left for needed in edges.get(each, set())} - found
        found |= left
    return found


def test_a_plan_of_one_environment_reads_no_state_of_another_and_has_a_name_that_reviewers_can_stand_before(
    made: Made,
) -> None:
    environments = {
        name: {"region": REGION, "state_bucket": f"shop-{name}-tfstate", "builds": name == "staging"}
        for name in ("staging", "production")
    }
    given = {"project": "shop", "repository": "ada/shop", "branch": "main", "make_provider": True}
    found = made("pipeline_identity", {**given, "environments": environments})
    for name, other in (("staging", "production"), ("production", "staging")):
        role, policy = (found[f'aws_iam_{kind}.plan["{name}"]'] for kind in ("role", "role_policy"))
        assert role["name"] == f"shop-pipeline-plan-{name}"
        (statement,) = json.loads(role["assume_role_policy"])["Statement"]
        assert f"repo:ada/shop:environment:plan-{name}" in statement["Condition"]["StringEquals"].values()
        read = [each for each in json.loads(policy["policy"])["Statement"] if "s3:GetObject" in each["Action"]]
        assert [each["Resource"] for each in read] == [f"arn:aws:s3:::shop-{name}-tfstate/terraform.tfstate"]
        assert f"shop-{other}-tfstate" not in policy["policy"]
    (statement,) = json.loads(found["aws_iam_role.images[0]"]["assume_role_policy"])["Statement"]
    assert "repo:ada/shop:ref:refs/heads/main" in statement["Condition"]["StringEquals"].values()
