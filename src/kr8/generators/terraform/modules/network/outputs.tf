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

  # A load balancer needs its way to the internet as it is made.
  depends_on = [aws_route.internet, aws_route_table_association.public]
}

output "private_subnet_ids" {
  description = "The subnets of the services, one a zone."
  value       = [for name in local.names : aws_subnet.private[name].id]

  # A task must not start before it can reach its image: after three that cannot, a service gives up.
  depends_on = [
    aws_route.nat,
    aws_route_table_association.private,
    aws_route_table_association.public,
    aws_route.internet,
    aws_vpc_endpoint.gateway,
    aws_vpc_endpoint.interface,
    aws_vpc_security_group_ingress_rule.endpoints,
  ]
}
