# An instance that runs and does not answer: the number of those that run says nothing of it.
resource "aws_cloudwatch_metric_alarm" "unhealthy" {
  for_each = var.target_groups

  alarm_name          = "${var.name}-unhealthy-${each.key}"
  alarm_description   = "An instance of ${var.name} in its ${each.key} target group has not been healthy for five minutes."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 5
  datapoints_to_alarm = 5

  namespace   = "AWS/ApplicationELB"
  metric_name = "UnHealthyHostCount"
  dimensions  = { LoadBalancer = var.load_balancer, TargetGroup = each.value }
  statistic   = "Maximum"
  period      = 60

  # A group without instances measures nothing.
  treat_missing_data = "notBreaching"

  alarm_actions = [var.topic_arn]
  ok_actions    = [var.topic_arn]
}
