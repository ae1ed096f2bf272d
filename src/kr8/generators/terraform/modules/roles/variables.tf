variable "name" {
  description = "What the roles begin with: project, environment and service."
  type        = string

  validation {
    condition     = length("${var.name}-execution") <= 64
    error_message = "The name of a role has at most 64 characters, and \"-execution\" is added to this one."
  }
}

variable "repository_arn" {
  description = "The repository that the service's images are pulled from."
  type        = string
}

variable "log_group_arn" {
  description = "The log group that the service writes to."
  type        = string
}

variable "secret_arns" {
  description = "The secrets that the service is given, and no others."
  type        = list(string)
}

variable "key_arn" {
  description = "The KMS key that encrypts the secrets."
  type        = string
}
