output "arns" {
  description = "The ARN of each secret, by the name of its environment variable."
  value       = merge({ for name, secret in aws_secretsmanager_secret.this : name => secret.arn }, var.existing)
}
