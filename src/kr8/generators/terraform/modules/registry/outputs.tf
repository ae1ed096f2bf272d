output "urls" {
  description = "The repository of each service."
  value       = { for service, repository in aws_ecr_repository.this : service => repository.repository_url }
}
