variable "name" {
  description = "What the topic is called: project and environment."
  type        = string
}

variable "emails" {
  description = "Who is told of alarms."
  type        = set(string)

  validation {
    condition     = alltrue([for email in var.emails : can(regex("^[^@[:space:]]+@[^@[:space:]]+$", email))])
    error_message = "A mail address is like on-call@example.com."
  }
}

variable "key_arn" {
  description = "The KMS key that encrypts notices."
  type        = string
}
