output "arn" {
  description = "The load balancer."
  value       = aws_lb.this.arn
}

output "arn_suffix" {
  description = "The load balancer, as metrics name it."
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "The name that AWS gave it."
  value       = aws_lb.this.dns_name
}

output "listener_arn" {
  description = "The HTTPS listener, which a service adds its rule to."
  value       = aws_lb_listener.https.arn
}

output "security_group_id" {
  description = "Where requests come from."
  value       = aws_security_group.this.id
}
