data "aws_caller_identity" "this" {}

# Runs by `aws ecs run-task` need it too, so that it is there without a schedule.
resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:The schedule gives it to each run, and so does who runs one by hand.
  name        = var.name
  description = "The runs of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = var.name }
}

resource "aws_vpc_security_group_egress_rule" "network" {
  security_group_id = aws_security_group.this.id
  description       = "What else is in the network: endpoints, databases"
  cidr_ipv4         = var.cidr
  from_port         = 0
  to_port           = 65535
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "outside" {
  for_each = toset([for port in var.outbound_ports : tostring(port)])

  security_group_id = aws_security_group.this.id
  description       = "Port ${each.key} outside"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
  ip_protocol       = "tcp"
}

resource "aws_scheduler_schedule" "this" {
  count = var.schedule == null ? 0 : 1

  name                         = var.name
  description                  = "Runs ${var.name}"
  schedule_expression          = var.schedule
  schedule_expression_timezone = var.timezone
  kms_key_arn                  = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.cluster_arn
    role_arn = aws_iam_role.schedule[0].arn

    ecs_parameters {
      # Without a revision: the newest, which is what was deployed last.
      task_definition_arn = var.task_definition_arn
      launch_type         = "FARGATE"
      propagate_tags      = "TASK_DEFINITION"

      network_configuration {
        subnets          = var.subnet_ids
        security_groups  = [aws_security_group.this.id]
        assign_public_ip = false
      }
    }

    # A run that starts an hour late is worse than none.
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }

    dead_letter_config {
      arn = aws_sqs_queue.unstarted[0].arn
    }
  }

  # A schedule must not come due before its role may start what it runs, and that may reach its image.
  depends_on = [
    aws_iam_role_policy.schedule,
    aws_vpc_security_group_egress_rule.network,
    aws_vpc_security_group_egress_rule.outside,
  ]
}

resource "aws_iam_role" "schedule" {
  count = var.schedule == null ? 0 : 1

  name        = "${var.name}-schedule"
  description = "Starts ${var.name} when it is time"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id }
      }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  count = var.schedule == null ? 0 : 1

  name = "run"
  role = aws_iam_role.schedule[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "ecs:RunTask"
        Resource = [var.task_definition_arn, "${var.task_definition_arn}:*"]
        Condition = {
          ArnEquals = { "ecs:cluster" = var.cluster_arn }
        }
      },
      # A run is given the tags of its task definition as it is started.
      {
        Effect   = "Allow"
        Action   = "ecs:TagResource"
        Resource = "${replace(var.cluster_arn, ":cluster/", ":task/")}/*"
        Condition = {
          StringEquals = { "ecs:CreateAction" = "RunTask" }
        }
      },
      {
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = var.role_arns
        Condition = {
          StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" }
        }
      },
      {
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.unstarted[0].arn
      },
      # The schedule is encrypted, and so is the queue.
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.key_arn
      },
    ]
  })
}

# A run that failed is seen nowhere else: no service counts it.
resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${var.name}-failed"
  description = "A run of ${var.name} ended with another code than 0, or never began"

  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail = {
      clusterArn = [var.cluster_arn]
      group      = ["family:${var.family}"]
      lastStatus = ["STOPPED"]
      "$or" = [
        { containers = { exitCode = [{ "anything-but" = 0 }] } },
        { stopCode = ["TaskFailedToStart"] },
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed" {
  rule = aws_cloudwatch_event_rule.failed.name
  arn  = var.topic_arn
}
