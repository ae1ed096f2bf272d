locals {
  own = toset([for name in var.names : name if !contains(keys(var.existing), name)])
}

# Only the place for a value: values are never in this code, nor in its state.
resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:Rotation needs a function that knows what the secret opens; whoever sets the value rotates it.
  for_each = local.own

  name        = "${var.name}/${each.key}"
  description = "The environment variable ${each.key} of ${var.name}"
  kms_key_id  = var.key_arn
}
