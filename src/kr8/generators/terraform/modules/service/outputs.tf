output "name" {
  description = "The service, as its cluster names it."
  value       = aws_ecs_service.this.name
}

output "security_group_id" {
  description = "The instances of the service: what lets them in names this."
  value       = aws_security_group.this.id
}
