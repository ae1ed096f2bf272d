# What it answers itself, 502 to 504, because no instance answered: no target group counts that.
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}--load-balancer-errors"
  alarm_description   = "The load balancer of ${var.name} itself answered more than ${var.errors} percent of the requests with an error."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.errors
  evaluation_periods  = 5
  datapoints_to_alarm = 3

  # No requests, no errors.
  treat_missing_data = "notBreaching"

  # Requests for which there was no instance are errors, and are not among the requests.
  metric_query {
    id          = "share"
    expression  = "100 * FILL(errors, 0) / (FILL(errors, 0) + FILL(requests, 0))"
    label       = "Requests that no instance answered, percent"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "HTTPCode_ELB_5XX_Count", requests = "RequestCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = { LoadBalancer = aws_lb.this.arn_suffix }
        stat        = "Sum"
        period      = 60
      }
    }
  }

  alarm_actions = [var.topic_arn]
  ok_actions    = [var.topic_arn]
}
