resource "aws_vpc_security_group_ingress_rule" "caller" {
  for_each = var.callers

  security_group_id            = var.security_group_id
  description                  = "Requests from ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = var.port
  to_port                      = var.port
  ip_protocol                  = "tcp"
}
