output "plan_role_arns" {
  description = "The role that a pull request is planned with, of each environment."
  value       = { for name, role in aws_iam_role.plan : name => role.arn }
}

output "images_role_arn" {
  description = "The role that pushes images; null where the account has no registry of this project."
  value       = one(aws_iam_role.images[*].arn)
}
