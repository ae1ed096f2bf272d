"""A bucket is not everybody's."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.iam_policy import Statement, statements
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule, at_most

RULE = Rule(
    name="s3-public-policy",
    part=Part.TERRAFORM,
    severity=Severity.CRITICAL,
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

_READING = frozenset({"s3:GetObject", "s3:GetObjectVersion"})


def check(code: Code) -> Iterator[Finding]:
    """Each statement for everybody; reading objects is what a website is for, where its folder has one."""
    websites = {each.folder() for each in code.terraform.blocks("resource", "aws_s3_bucket_website_configuration")}
    for kind in ("aws_s3_bucket_policy", "aws_s3_bucket"):
        for block in code.terraform.blocks("resource", kind):
            is_website = block.folder() in websites or bool(block.inner("website"))
            for statement in statements(code.terraform, block, "policy"):
                if statement.is_for_anybody() and not (is_website and _only_reads(statement)):
                    most = at_most(statement.certain)
                    yield RULE.finding(f"{'.'.join(block.labels)} is open to everybody.", statement.place, most)


def _only_reads(statement: Statement) -> bool:
    return bool(statement.actions) and not statement.all_but and _READING.issuperset(statement.actions)
