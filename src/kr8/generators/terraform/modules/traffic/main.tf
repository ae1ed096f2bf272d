locals {
  # A target group's name has at most 32 characters: the service's own, and a hash of all of it.
  short = substr(var.service, 0, 16)
  hash  = substr(sha256(var.name), 0, 8)
}

# Two groups, so that a new release can be warm in one before it takes the traffic of the other.
resource "aws_lb_target_group" "this" {
  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; from there on it is the private network, and only to this group.
  for_each = toset(["blue", "green"])

  name                 = "${local.short}-${each.key}-${local.hash}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  port                 = var.port
  protocol             = "HTTP"
  deregistration_delay = var.drain

  health_check {
    path                = var.health_path
    matcher             = "200-299"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_lb_listener_rule" "this" {
  listener_arn = var.listener_arn
  priority     = var.priority

  action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.this["blue"].arn
        weight = 100
      }

      target_group {
        arn    = aws_lb_target_group.this["green"].arn
        weight = 0
      }
    }
  }

  dynamic "condition" {
    for_each = length(var.hosts) > 0 ? [var.hosts] : []

    content {
      host_header {
        values = condition.value
      }
    }
  }

  dynamic "condition" {
    for_each = length(var.paths) > 0 || length(var.hosts) == 0 ? [length(var.paths) > 0 ? var.paths : ["/*"]] : []

    content {
      path_pattern {
        values = condition.value
      }
    }
  }

  # Deployments move the weights; an apply must not move them back.
  lifecycle {
    ignore_changes = [action]
  }
}
