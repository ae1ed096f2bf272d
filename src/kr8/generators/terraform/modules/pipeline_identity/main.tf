data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  issuer    = "token.actions.githubusercontent.com"
  stem      = "${var.project}-pipeline"

  # Who a run is, as GitHub signs it. Exactly these: a pattern would let in a branch or a repository of like name. A plan
  # is one of an environment of GitHub's, so that reviewers can stand before it.
  subjects = merge(
    { for name in keys(var.environments) : "plan-${name}" => "repo:${var.repository}:environment:plan-${name}" },
    { images = "repo:${var.repository}:ref:refs/heads/${var.branch}" },
  )

  trusts = {
    for role, subject in local.subjects : role => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Federated = "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.issuer}" }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = {
          StringEquals = {
            "${local.issuer}:aud" = "sts.amazonaws.com"
            "${local.issuer}:sub" = subject
          }
        }
      }]
    })
  }
}

# An account has one for all its repositories; AWS knows who signs for GitHub, so that no thumbprint is kept here.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.make_provider ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}
