variable "name" {
  description = "What the secrets' names begin with: project and environment."
  type        = string
}

variable "names" {
  description = "The secrets that services are given, by the names of their environment variables."
  type        = set(string)
}

variable "existing" {
  description = "The ARNs of those that are there already."
  type        = map(string)

  validation {
    condition     = alltrue([for arn in values(var.existing) : can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+$", arn))])
    error_message = "The ARN of a secret in Secrets Manager: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME."
  }
}

variable "key_arn" {
  description = "The KMS key that encrypts the secrets."
  type        = string
}
