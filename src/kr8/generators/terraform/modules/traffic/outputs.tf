output "target_group_arns" {
  description = "The target groups, blue and green."
  value       = { for colour, group in aws_lb_target_group.this : colour => group.arn }

  # A service may register its tasks only in groups that a listener knows.
  depends_on = [aws_lb_listener_rule.this]
}

output "target_group_suffixes" {
  description = "The target groups, blue and green, as metrics name them."
  value       = { for colour, group in aws_lb_target_group.this : colour => group.arn_suffix }
}
