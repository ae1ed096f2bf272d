variable "name" {
  description = "What the log groups begin with: project and environment."
  type        = string
}

variable "services" {
  description = "The services that write logs."
  type        = set(string)
}

variable "days" {
  description = "How many days logs are kept."
  type        = number

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.days)
    error_message = "CloudWatch keeps logs 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "key_arn" {
  description = "The KMS key that encrypts the logs."
  type        = string
}
