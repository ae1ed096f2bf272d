variable "name" {
  description = "What the firewall is called: project and environment."
  type        = string
}

variable "load_balancer_arn" {
  description = "The load balancer in front of which it stands."
  type        = string
}

variable "requests_per_address" {
  description = "How many requests an address may make in five minutes."
  type        = number

  validation {
    condition     = var.requests_per_address >= 100 && var.requests_per_address <= 2000000000
    error_message = "100 to 2,000,000,000 requests in five minutes."
  }
}

variable "log_days" {
  description = "How many days its logs are kept."
  type        = number
}

variable "key_arn" {
  description = "The KMS key that encrypts its logs."
  type        = string
}
