# What a plan reads: settings, and the states. What stands there in clear it shows too: variables in task definitions,
# whatever a state was given. No value of Secrets Manager, no log and no object of a service is among it.
locals {
  # AWS takes no resource for most of these.
  look = {
    acm                     = ["DescribeCertificate", "ListTagsForCertificate"]
    application-autoscaling = ["DescribeScalableTargets", "DescribeScalingPolicies", "ListTagsForResource"]
    budgets                 = ["ListTagsForResource", "ViewBudget"]
    cloudwatch              = ["DescribeAlarms", "GetDashboard", "ListTagsForResource"]
    ec2 = [
      "DescribeAddresses", "DescribeAddressesAttribute", "DescribeAvailabilityZones", "DescribeFlowLogs",
      "DescribeInternetGateways", "DescribeNatGateways", "DescribeNetworkAcls", "DescribeNetworkInterfaces",
      "DescribePrefixLists", "DescribeRouteTables", "DescribeSecurityGroupRules", "DescribeSecurityGroups",
      "DescribeSubnets", "DescribeVpcAttribute", "DescribeVpcEndpoints", "DescribeVpcs",
    ]
    ecs = ["DescribeClusters", "DescribeServices", "DescribeTaskDefinition", "ListTagsForResource"]
    elasticloadbalancing = [
      "DescribeCapacityReservation", "DescribeListenerAttributes", "DescribeListeners",
      "DescribeLoadBalancerAttributes", "DescribeLoadBalancers", "DescribeRules", "DescribeTags",
      "DescribeTargetGroupAttributes", "DescribeTargetGroups",
    ]
    events           = ["DescribeRule", "ListTagsForResource", "ListTargetsByRule"]
    kms              = ["DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListAliases", "ListResourceTags"]
    logs             = ["DescribeLogGroups", "ListTagsForResource"]
    route53          = ["GetHostedZone", "ListResourceRecordSets"]
    scheduler        = ["GetSchedule"]
    servicediscovery = ["GetNamespace", "ListTagsForResource"]
    sns              = ["GetSubscriptionAttributes", "GetTopicAttributes", "ListTagsForResource"]
    sqs              = ["GetQueueAttributes", "ListQueueTags"]
    wafv2            = ["GetLoggingConfiguration", "GetWebACL", "GetWebACLForResource", "ListTagsForResource"]
  }

  look_actions = flatten([for service, names in local.look : [for name in names : "${service}:${name}"]])

  states = {
    for name, environment in var.environments : name => "arn:${local.partition}:s3:::${environment.state_bucket}"
  }
}

# One for each environment: what a plan reads of its state is not for the plans of the others.
resource "aws_iam_role" "plan" {
  for_each = var.environments

  name               = "${local.stem}-plan-${each.key}"
  description        = "Reads what Terraform plans ${each.key} with, for pull requests of ${var.repository}"
  assume_role_policy = local.trusts["plan-${each.key}"]

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "plan" {
  for_each = var.environments

  name = "read"
  role = aws_iam_role.plan[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Settings"
        Effect   = "Allow"
        Action   = local.look_actions
        Resource = "*"
      },
      {
        Sid      = "Images"
        Effect   = "Allow"
        Action   = ["ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource"]
        Resource = "arn:${local.partition}:ecr:*:${local.account}:repository/${var.project}-*"
      },
      {
        Sid      = "Roles"
        Effect   = "Allow"
        Action   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
        Resource = "arn:${local.partition}:iam::${local.account}:role/${var.project}-*"
      },
      {
        Sid      = "Secrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"]
        Resource = "arn:${local.partition}:secretsmanager:*:${local.account}:secret:${var.project}-*"
      },
      {
        Sid    = "Buckets"
        Effect = "Allow"
        Action = [
          "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLogging",
          "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning",
          "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
          "s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ListTagsForResource",
        ]
        Resource = "arn:${local.partition}:s3:::${var.project}-*"
      },
      {
        Sid      = "FindState"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = local.states[each.key]
      },
      {
        Sid      = "ReadState"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = "${local.states[each.key]}/terraform.tfstate"
      },
      # Whichever key it is, and for a state alone: the bucket is in what S3 encrypts with.
      {
        Sid      = "OpenState"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = "arn:${local.partition}:kms:${each.value.region}:${local.account}:key/*"
        Condition = {
          StringEquals = {
            "kms:ViaService"                   = "s3.${each.value.region}.${data.aws_partition.this.dns_suffix}"
            "kms:EncryptionContext:aws:s3:arn" = local.states[each.key]
          }
        }
      },
      # A schedule is encrypted, and whoever reads it needs its key.
      {
        Sid      = "OpenSchedules"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = "arn:${local.partition}:kms:${each.value.region}:${local.account}:key/*"
        Condition = {
          StringEquals = { "kms:ViaService" = "scheduler.${each.value.region}.${data.aws_partition.this.dns_suffix}" }
        }
      },
    ]
  })
}
