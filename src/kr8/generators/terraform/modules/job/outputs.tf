output "security_group_id" {
  description = "The runs of the job: what lets them in names this, and so does who runs one."
  value       = aws_security_group.this.id
}
