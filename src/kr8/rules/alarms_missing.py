"""What serves has alarms."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="alarms-missing",
    part=Part.TERRAFORM,
    severity=Severity.MEDIUM,
    title="What serves users has an alarm.",
    why="Without an alarm it is users who tell that it is down.",
    mend="Add aws_cloudwatch_metric_alarm for errors and latency, with somebody behind its topic.",
    link="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html",
)
PASSES = {
    "main.tf": 'resource "aws_lb" "a" {}\n',
    "alarms.tf": 'resource "aws_cloudwatch_metric_alarm" "errors" {}\n',
}
FAILS = {"main.tf": 'resource "aws_lb" "a" {}\n'}

_SERVES = (
    *("aws_lb", "aws_alb", "aws_ecs_service", "aws_lambda_function", "aws_apprunner_service"),
    *("aws_apigatewayv2_api", "aws_api_gateway_rest_api", "aws_cloudfront_distribution"),
)
_ALARMS = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
_WATCHES = ("alarm", "cloudwatch", "monitor", "datadog", "newrelic")
"""What the source of a module from elsewhere has in it that makes alarms."""


def check(code: Code) -> Iterator[Finding]:
    """The first thing that serves, where nothing in the repository is an alarm."""
    if any(next(code.terraform.blocks("resource", kind), None) for kind in _ALARMS) or _has_others_watch(code):
        return
    serves = (block for kind in _SERVES for block in code.terraform.blocks("resource", kind))
    for block in islice(serves, 1):
        yield RULE.finding(f"Nothing in this repository watches {'.'.join(block.labels)}.", block.place)


def _has_others_watch(code: Code) -> bool:
    sources = (str(block.literal("source", "")) for block in code.terraform.blocks("module"))
    others = (block.labels[0] for block in code.terraform.blocks("resource"))
    told = (*sources, *(kind for kind in others if not kind.startswith("aws_")))
    return any(word in each for each in told for word in _WATCHES)
