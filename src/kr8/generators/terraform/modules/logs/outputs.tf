output "groups" {
  description = "The log group of each service: name and ARN."
  value       = { for service, group in aws_cloudwatch_log_group.this : service => { name = group.name, arn = group.arn } }
}
