locals {
  ecs = { ClusterName = var.cluster_name, ServiceName = var.service }
}

resource "aws_cloudwatch_metric_alarm" "running" {
  alarm_name          = "${var.name}-running"
  alarm_description   = "Fewer than ${var.min} instances of ${var.name} run."
  comparison_operator = "LessThanThreshold"
  threshold           = var.min
  evaluation_periods  = 3
  datapoints_to_alarm = 3

  namespace   = "ECS/ContainerInsights"
  metric_name = "RunningTaskCount"
  dimensions  = local.ecs
  statistic   = "Minimum"
  period      = 60

  # A service of which nothing is heard does not run.
  treat_missing_data = "breaching"

  alarm_actions = [var.topic_arn]
  ok_actions    = [var.topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "use" {
  for_each = { CPUUtilization = 85, MemoryUtilization = 90 }

  alarm_name          = "${var.name}-${lower(trimsuffix(each.key, "Utilization"))}"
  alarm_description   = "${each.key} of ${var.name} is above ${each.value} percent for ten minutes."
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value
  evaluation_periods  = 10
  datapoints_to_alarm = 10

  namespace   = "AWS/ECS"
  metric_name = each.key
  dimensions  = local.ecs
  statistic   = "Average"
  period      = 60

  treat_missing_data = "missing"

  alarm_actions = [var.topic_arn]
  ok_actions    = [var.topic_arn]
}
