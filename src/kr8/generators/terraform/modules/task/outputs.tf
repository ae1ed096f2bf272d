output "arn" {
  description = "The task definition, this revision."
  value       = aws_ecs_task_definition.this.arn
}

output "family" {
  description = "The task definition, whatever revision."
  value       = aws_ecs_task_definition.this.family
}

output "arn_without_revision" {
  description = "The task definition, whatever revision: the newest is taken."
  value       = aws_ecs_task_definition.this.arn_without_revision
}
