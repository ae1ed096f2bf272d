# Of a run that ECS refused to start there is no event: the schedule leaves here what it was told.
resource "aws_sqs_queue" "unstarted" {
  count = var.schedule == null ? 0 : 1

  name                      = "${var.name}--unstarted"
  message_retention_seconds = 1209600
  kms_master_key_id         = var.key_arn
}

# It stays an alarm until the queue is empty: somebody has read why, or two weeks have passed.
resource "aws_cloudwatch_metric_alarm" "unstarted" {
  count = var.schedule == null ? 0 : 1

  alarm_name          = "${var.name}--unstarted"
  alarm_description   = "Runs of ${var.name} could not be started: the queue ${aws_sqs_queue.unstarted[0].name} says why."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1

  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = aws_sqs_queue.unstarted[0].name }
  statistic   = "Maximum"
  period      = 60

  # A queue that nobody has used for hours measures nothing.
  treat_missing_data = "notBreaching"

  alarm_actions = [var.topic_arn]
  ok_actions    = [var.topic_arn]
}
