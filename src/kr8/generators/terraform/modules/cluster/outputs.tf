output "arn" {
  description = "The cluster."
  value       = aws_ecs_cluster.this.arn

  # A service that names a capacity provider must not come before the cluster has it.
  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

output "name" {
  description = "The cluster's name."
  value       = aws_ecs_cluster.this.name

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}
