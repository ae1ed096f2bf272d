"""tests/environment.tftest.hcl: what `terraform test` shows of a root, without an account."""

from __future__ import annotations

from kr8.domain.source import SourceFile
from kr8.generators.hcl import Attribute, Block, Expression, Value, attributes
from kr8.generators.terraform.environments import Place
from kr8.generators.terraform.layout import kinds_of, written
from kr8.generators.terraform.unsettled import lacks_certificate

ACCOUNT = "123456789012"
"""The account of the tests where the environment pins none."""


def trials_file(place: Place, path: str) -> SourceFile:
    """The tests of an environment's root."""
    images: dict[str, Value] = {
        name: f"registry.example.com/{name}@sha256:{'0' * 64}" for name in place.project.services
    }
    given = Block("variables", body=attributes(images=images))
    return written(path, (provider_mock(place), given, *_runs(place, images)))


def provider_mock(place: Place) -> Block:
    """A provider that asks nobody: the facts that the code reads of an account are given here."""
    account = place.account.id if place.account else ACCOUNT
    facts: dict[str, dict[str, Value]] = {
        "aws_caller_identity": {"account_id": account},
        "aws_partition": {"partition": "aws"},
        "aws_region": {"id": place.region},
        "aws_availability_zones": {"names": [f"{place.region}{zone}" for zone in "abc"]},
    }
    body = tuple(Block("mock_data", (kind,), attributes(defaults=values)) for kind, values in facts.items())
    return Block("mock_provider", ("aws",), body)


def _runs(place: Place, images: dict[str, Value]) -> tuple[Block, ...]:
    """One plan of what is right, and one of several wrongs: each run costs seconds."""
    first, *rest = images
    wrong: dict[str, Value] = {first: "registry.example.com/image:latest", **{name: images[name] for name in rest}}
    plan = Attribute("command", Expression("plan"))
    lacking = [Expression("var.certificate")] if lacks_certificate(place) else []
    refused = [*(Expression(f"var.{name}") for name in ("images", "cidr", "log_days")), *lacking]
    expected = Attribute("expect_failures", lacking)
    plans = Block("run", ("plans",), (plan, *_asserts(place)))
    return (
        Block("run", ("refuses_to_be_without_a_certificate",), (plan, expected)) if lacking else plans,
        Block(
            "run",
            ("refuses_what_aws_would_not_take",),
            (
                plan,
                Block("variables", body=attributes(images=wrong, cidr="10.0.0.0/28", log_days=10)),
                Attribute("expect_failures", refused),
            ),
        ),
    )


def _asserts(place: Place) -> tuple[Block, ...]:
    kinds = kinds_of(place.project)
    asserts = [
        ("length(module.network.private_subnet_ids) == var.zones", "Services run in as many zones as asked."),
        ("length(module.task) == length(local.services)", "Every service has a task definition."),
    ]
    if "http" in kinds:
        both = "alltrue([for traffic in module.traffic : length(traffic.target_group_arns) == 2])"
        asserts.append((both, "Every http service has a blue and a green target group."))
    if kinds & {"http", "worker"}:
        grows = "alltrue([for scale in local.scale : scale.min >= 1 && scale.max >= scale.min])"
        asserts.append((grows, "Every service that runs has an instance at least."))
    return tuple(
        Block("assert", body=attributes(condition=Expression(condition), error_message=message))
        for condition, message in asserts
    )
