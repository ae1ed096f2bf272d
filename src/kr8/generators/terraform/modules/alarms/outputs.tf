output "arns" {
  description = "The alarms of the service."
  value = concat(
    [aws_cloudwatch_metric_alarm.running.arn],
    [for alarm in aws_cloudwatch_metric_alarm.use : alarm.arn],
    aws_cloudwatch_metric_alarm.errors[*].arn,
    aws_cloudwatch_metric_alarm.latency[*].arn,
    [for alarm in aws_cloudwatch_metric_alarm.unhealthy : alarm.arn],
  )
}
