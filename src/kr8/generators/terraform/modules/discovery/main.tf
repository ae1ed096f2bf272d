resource "aws_service_discovery_http_namespace" "this" {
  name        = var.name
  description = "The names by which the services of ${var.name} call each other"
}
