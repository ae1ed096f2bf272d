variable "name" {
  description = "What the budget is called: project and environment."
  type        = string

  validation {
    condition     = length(var.name) <= 100
    error_message = "The name of a budget has at most 100 characters."
  }
}

variable "project" {
  description = "The project, as its tag says."
  type        = string
}

variable "environment" {
  description = "The environment, as its tag says."
  type        = string
}

variable "monthly_usd" {
  description = "What a month may cost, in US dollars."
  type        = number

  validation {
    condition     = var.monthly_usd >= 1
    error_message = "At least 1 dollar."
  }
}

variable "topic_arn" {
  description = "Where it is told that the money runs out."
  type        = string
}
