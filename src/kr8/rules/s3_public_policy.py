"""A bucket is not everybody's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.iam_policy import Statement, statements
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule, at_most
from kr8.domain.terraform_code import Block, TerraformCode

RULE = Rule(
    name="s3-public-policy",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
    security=True,
    title="No bucket is open to everybody, but a website's for reading.",
    why="Whatever lies in it, or will, is the world's to read, or to change.",
    mend="Name who may, as principals; have CloudFront with an origin access control show what is for everybody.",
    link="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
)
_BUCKET = """\
resource "aws_s3_bucket_policy" "a" {
  bucket = "shop-uploads"
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = WHO
      Action    = ["s3:GetObject"]
      Resource  = "arn:aws:s3:::shop-uploads/*"
    }]
  })
}
"""
PASSES = {"main.tf": _BUCKET.replace("WHO", '{ AWS = "arn:aws:iam::123456789012:role/reports" }')}
FAILS = {"main.tf": _BUCKET.replace("WHO", '"*"')}

_NAMED = re.compile(r"\baws_s3_bucket\.([\w-]+)")
_MODULE = re.compile(r"(?<![\w.-])module\.")
_READING = frozenset({"s3:getobject", "s3:getobjectversion"})


def check(code: Code) -> Iterator[Finding]:
    """Each statement for everybody; reading objects is what the bucket of a website is for."""
    for kind in ("aws_s3_bucket_policy", "aws_s3_bucket"):
        for block in code.terraform.made("resource", kind):
            is_website = _is_website(code.terraform, block)
            told = tuple(statements(code.terraform, block, "policy"))
            denied = tuple(each for each in told if not each.allows)
            surely = not _is_of_a_module(block)
            for statement in told:
                if statement.is_for_anybody() and not (is_website and _only_reads(statement)):
                    refused = any(each.takes_back_from_strangers(statement) for each in denied)
                    most = at_most(statement.certain and surely and not refused)
                    yield RULE.finding(f"{'.'.join(block.labels)} is open to everybody.", statement.place, most)


def _is_website(code: TerraformCode, block: Block) -> bool:
    """Whether its folder makes a website of its bucket. What names no bucket, such as each.value, may mean any."""
    sites = {_bucket(code, each) for each in code.near(block, "resource", "aws_s3_bucket_website_configuration")}
    sites |= {each.labels[1] for each in code.near(block, "resource", "aws_s3_bucket") if each.inner("website")}
    return bool(sites) and (_bucket(code, block) in {*sites, ""} or "" in sites)


def _bucket(code: TerraformCode, block: Block) -> str:
    """The name in Terraform of the bucket that a block means, else its own; "" where neither is written out."""
    if block.labels[0] == "aws_s3_bucket":
        return block.labels[1]
    attribute = block.attributes.get("bucket")
    text, name = (attribute.text, attribute.literal) if attribute is not None else ("", "")
    if (named := _NAMED.search(text)) is not None:
        return named[1]
    buckets = code.near(block, "resource", "aws_s3_bucket")
    if not isinstance(name, str) or not name:
        return ""
    return next((each.labels[1] for each in buckets if each.literal("bucket") == name), name)


def _is_of_a_module(block: Block) -> bool:
    """Whether a module makes the bucket, and so says what it is for."""
    return "bucket" in block.attributes and _MODULE.search(block.attributes["bucket"].text) is not None


def _only_reads(statement: Statement) -> bool:
    return bool(statement.actions) and not statement.all_but and _READING.issuperset(map(str.lower, statement.actions))
