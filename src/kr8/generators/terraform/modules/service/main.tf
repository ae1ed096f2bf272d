resource "aws_ecs_service" "this" {
  name            = var.service
  cluster         = var.cluster_arn
  task_definition = var.task_definition_arn
  desired_count   = var.instances

  propagate_tags                     = "SERVICE"
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  health_check_grace_period_seconds  = var.port == null ? null : var.grace

  # Else another capacity provider, by `spot`, would replace the service; so each change of it starts instances anew.
  force_new_deployment = true

  capacity_provider_strategy {
    capacity_provider = var.spot ? "FARGATE_SPOT" : "FARGATE"
    weight            = 1
  }

  # A release whose tasks do not stay up goes back by itself.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.this.id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = var.port == null ? [] : [var.target_group_arn]

    content {
      target_group_arn = load_balancer.value
      container_name   = var.service
      container_port   = var.port
    }
  }

  # By its name and port 80, as in Kubernetes. Plain TCP: with a protocol of its own, Service Connect ends a request
  # after 15 seconds.
  dynamic "service_connect_configuration" {
    for_each = var.namespace_arn == null ? [] : [var.namespace_arn]

    content {
      enabled   = true
      namespace = service_connect_configuration.value

      dynamic "service" {
        for_each = var.port == null ? [] : [var.port]

        content {
          port_name      = var.service
          discovery_name = var.service

          client_alias {
            dns_name = var.service
            port     = 80
          }
        }
      }
    }
  }

  # Deployments set the release, scaling the number, a switch the target group: none of it is for an apply to undo.
  lifecycle {
    ignore_changes = [desired_count, load_balancer, task_definition]
  }

  # An instance must not start before it may reach its image.
  depends_on = [aws_vpc_security_group_egress_rule.network, aws_vpc_security_group_egress_rule.outside]
}

resource "aws_security_group" "this" {
  name        = var.name
  description = "The instances of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = var.name }
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  count = var.port == null ? 0 : 1

  security_group_id            = aws_security_group.this.id
  description                  = "Requests from the load balancer"
  referenced_security_group_id = var.load_balancer_security_group_id
  from_port                    = var.port
  to_port                      = var.port
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "network" {
  security_group_id = aws_security_group.this.id
  description       = "What else is in the network: endpoints, databases"
  cidr_ipv4         = var.cidr
  from_port         = 0
  to_port           = 65535
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "outside" {
  for_each = toset([for port in var.outbound_ports : tostring(port)])

  security_group_id = aws_security_group.this.id
  description       = "Port ${each.key} outside"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
  ip_protocol       = "tcp"
}
