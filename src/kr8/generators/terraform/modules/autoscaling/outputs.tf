output "resource_id" {
  description = "The service, as scaling names it."
  value       = aws_appautoscaling_target.this.resource_id
}
