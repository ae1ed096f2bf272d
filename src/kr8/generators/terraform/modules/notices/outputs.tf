output "topic_arn" {
  description = "Where alarms go."
  value       = aws_sns_topic.this.arn

  # An alarm must not fire before it may publish.
  depends_on = [aws_sns_topic_policy.this]
}
