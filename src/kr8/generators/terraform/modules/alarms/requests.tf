locals {
  # How many target groups there are is known before there is a load balancer.
  takes_requests = length(var.target_groups) > 0
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  count = local.takes_requests ? 1 : 0

  alarm_name          = "${var.name}-errors"
  alarm_description   = "More than ${var.errors} percent of the requests to ${var.name} failed."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.errors
  evaluation_periods  = 5
  datapoints_to_alarm = 3

  # No requests, no errors.
  treat_missing_data = "notBreaching"

  # Of both target groups, so that a switch between them blinds no alarm.
  metric_query {
    id          = "share"
    expression  = "100 * (FILL(blue_errors, 0) + FILL(green_errors, 0)) / (FILL(blue_requests, 0) + FILL(green_requests, 0))"
    label       = "Failed requests, percent"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      for pair in setproduct(keys(var.target_groups), ["errors", "requests"]) : join("_", pair) => pair
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value[1] == "errors" ? "HTTPCode_Target_5XX_Count" : "RequestCount"
        dimensions  = { LoadBalancer = var.load_balancer, TargetGroup = var.target_groups[metric_query.value[0]] }
        stat        = "Sum"
        period      = 60
      }
    }
  }

  alarm_actions = [var.topic_arn]
  ok_actions    = [var.topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  count = local.takes_requests && var.p99 != null ? 1 : 0

  alarm_name          = "${var.name}-latency"
  alarm_description   = "One of 100 requests to ${var.name} took longer than ${coalesce(var.p99, 0)} seconds."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.p99
  evaluation_periods  = 5
  datapoints_to_alarm = 3

  treat_missing_data = "notBreaching"

  metric_query {
    id          = "slower"
    expression  = "IF(FILL(blue, 0) > FILL(green, 0), FILL(blue, 0), FILL(green, 0))"
    label       = "p99, seconds"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = var.target_groups

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = "TargetResponseTime"
        dimensions  = { LoadBalancer = var.load_balancer, TargetGroup = metric_query.value }
        stat        = "p99"
        period      = 60
      }
    }
  }

  alarm_actions = [var.topic_arn]
  ok_actions    = [var.topic_arn]
}
