output "namespace_arn" {
  description = "The namespace."
  value       = aws_service_discovery_http_namespace.this.arn
}
