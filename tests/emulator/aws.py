"""moto as a server on a free port, with what Terraform's provider asks of it and it has not got.

Runs in an environment of its own: `python -P aws.py DOMAIN`, which prints the port and the id of a DNS zone. Nothing
here judges: each answer is what was put in before.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Scaling
from moto.budgets.responses import BudgetsResponse as Budgets
from moto.core.utils import camelcase_to_underscores
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs.responses import EC2ContainerServiceResponse as Containers
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.route53.models import route53_backends
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

ACCOUNT = "123456789012"
TAGS: dict[str, dict[str, str]] = defaultdict(dict)
"""Of scalable targets and budgets, by their ARN: moto takes and forgets them."""
REBALANCING = "availabilityZoneRebalancing"
KEPT = "NewerNoncurrentVersions"


def register_scalable_target(self: Scaling) -> str:
    """As moto does it; the tags are kept."""
    answer: str = _register(self)
    TAGS[json.loads(answer)["ScalableTargetARN"]] |= self._get_param("Tags") or {}
    return answer


def create_budget(self: Budgets) -> str:
    """As moto does it; the tags are kept."""
    account, name = self._get_param("AccountId"), self._get_param("Budget")["BudgetName"]
    told = {each["Key"]: each["Value"] for each in self._get_param("ResourceTags") or ()}
    TAGS[f"arn:aws:budgets::{account}:budget/{name}"] |= told
    answer: str = _create_budget(self)
    return answer


def tags_of_target(self: Scaling) -> str:
    """The tags of a scalable target."""
    return json.dumps({"Tags": TAGS[self._get_param("ResourceARN")]})


def tags_of_budget(self: Budgets) -> str:
    """The tags of a budget."""
    told = TAGS[self._get_param("ResourceARN")].items()
    return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in told]})


def describe_subscribers_for_notification(self: Budgets) -> str:
    """Those that the notification was created with."""
    budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
    asked = self._get_param("Notification")
    told = [each.subscribers for each in budget.notifications if _same(each.details, asked)]
    return json.dumps({"Subscribers": told[0] if told else []})


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(name) == other.get(name) for name in ("NotificationType", "ComparisonOperator", "Threshold"))


def set_lifecycle(self: FakeBucket, rules: list[dict[str, Any]]) -> None:
    """As moto does it; how many versions stay is kept."""
    _set_lifecycle(self, rules)
    for made, told in zip(self.rules, rules, strict=True):
        made.kept = (told.get("NoncurrentVersionExpiration") or {}).get(KEPT)


def get_bucket_lifecycle(self: S3Response) -> Any:
    """As moto does it, with how many versions stay."""
    plain = self.serialized

    def completed(answer: Any) -> Any:
        told = answer.result["Rules"] if isinstance(answer.result, dict) else []
        for made, rule in zip(self.backend.get_bucket_lifecycle(self.bucket_name) or (), told, strict=False):
            if made.kept is not None:
                rule["NoncurrentVersionExpiration"][KEPT] = made.kept
        return plain(answer)

    self.serialized = completed
    return _get_lifecycle(self)


def get_permission(self: FakeBucket, action: str, resource: str) -> Any:
    """As moto does it, without what is under a condition: it knows none, and would deny what is denied without TLS."""
    told = json.loads(self.policy) if self.policy else {"Statement": []}
    held = [each for each in told["Statement"] if "Condition" not in each]
    policy = IAMPolicy(json.dumps({**told, "Statement": held}))
    return policy.is_action_permitted(action, resource) if held else PermissionResult.NEUTRAL


def create_service(self: Containers) -> Any:
    """As moto does it; all of the service is kept."""
    answer = _create_service(self)
    for name in ("capacityProviderStrategy", "deploymentConfiguration", "healthCheckGracePeriodSeconds", REBALANCING):
        setattr(answer.result["service"], camelcase_to_underscores(name), self._get_param(name))
    return answer


def description(self: SecurityGroupRule) -> str | None:
    """Of the addresses or, which moto forgets, of the group."""
    told: str | None = self.ip_range.get("Description") or self.source_group.get("Description")
    return told


_register, _set_lifecycle = Scaling.register_scalable_target, FakeBucket.set_lifecycle
_create_service = Containers.create_service
_get_lifecycle, _create_budget = S3Response.get_bucket_lifecycle, Budgets.create_budget
Scaling.register_scalable_target = register_scalable_target
Scaling.list_tags_for_resource = tags_of_target
Budgets.create_budget = create_budget
Budgets.list_tags_for_resource = tags_of_budget
Budgets.describe_subscribers_for_notification = describe_subscribers_for_notification
FakeBucket.set_lifecycle = set_lifecycle
FakeBucket.get_permission = get_permission
Containers.create_service = create_service
SecurityGroupRule.description = property(description)
S3Response.get_bucket_lifecycle = get_bucket_lifecycle


def main(domain: str) -> None:
    """Serve until standard input ends: whoever started it has gone."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    zones = route53_backends[ACCOUNT]["aws"]
    print(
        json.dumps(
            {
                "port": server.get_host_and_port()[1],
                "zone": zones.create_hosted_zone(domain, private_zone=False).id.rpartition("/")[2],
            }
        ),
        flush=True,
    )
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
