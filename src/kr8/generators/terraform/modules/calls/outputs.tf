output "rule_ids" {
  description = "The rule that lets each caller in."
  value       = { for caller, rule in aws_vpc_security_group_ingress_rule.caller : caller => rule.id }
}
