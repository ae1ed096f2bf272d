output "execution_role_arn" {
  description = "The role that starts tasks."
  value       = aws_iam_role.execution.arn

  # A task must not start before its role may pull and read secrets.
  depends_on = [aws_iam_role_policy.execution]
}

output "task_role_arn" {
  description = "The role of the service itself."
  value       = aws_iam_role.task.arn
}

output "task_role_name" {
  description = "The role of the service itself: attach a policy for what it needs of AWS."
  value       = aws_iam_role.task.name
}
