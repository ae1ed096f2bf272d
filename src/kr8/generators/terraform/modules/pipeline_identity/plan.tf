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

  states = [for environment in values(var.environments) : {
    bucket = "arn:${local.partition}:s3:::${environment.state_bucket}"
    region = environment.region
  }]
}

resource "aws_iam_role" "plan" {
  name               = "${local.stem}-plan"
  description        = "Reads what Terraform plans with, for pull requests of ${var.repository}"
  assume_role_policy = local.trusts["plan"]

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "plan" {
  name = "read"
  role = aws_iam_role.plan.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
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
          Sid      = "FindStates"
          Effect   = "Allow"
          Action   = ["s3:ListBucket"]
          Resource = local.states[*].bucket
        },
        {
          Sid      = "ReadStates"
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = [for state in local.states : "${state.bucket}/terraform.tfstate"]
        },
      ],
      # Whichever key it is, and for a state alone: the bucket is in what S3 encrypts with.
      [for state in local.states : {
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = "arn:${local.partition}:kms:${state.region}:${local.account}:key/*"
        Condition = {
          StringEquals = {
            "kms:ViaService"                   = "s3.${state.region}.${data.aws_partition.this.dns_suffix}"
            "kms:EncryptionContext:aws:s3:arn" = state.bucket
          }
        }
      }],
      # A schedule is encrypted, and whoever reads it needs its key.
      [for region in toset(local.states[*].region) : {
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = "arn:${local.partition}:kms:${region}:${local.account}:key/*"
        Condition = {
          StringEquals = { "kms:ViaService" = "scheduler.${region}.${data.aws_partition.this.dns_suffix}" }
        }
      }],
    )
  })
}
