output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "The addresses of the network."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "The subnets of the load balancer, one a zone."
  value       = [for name in local.names : aws_subnet.public[name].id]
}

output "private_subnet_ids" {
  description = "The subnets of the services, one a zone."
  value       = [for name in local.names : aws_subnet.private[name].id]
}
