variable "cluster_name" {
  description = "The cluster."
  type        = string
}

variable "service" {
  description = "The service, as its cluster names it."
  type        = string
}

variable "min" {
  description = "At least so many instances run."
  type        = number
}

variable "max" {
  description = "At most so many instances run."
  type        = number

  validation {
    condition     = var.max >= var.min
    error_message = "max is below min."
  }
}

variable "cpu" {
  description = "The CPU use, in percent, that the number of instances follows."
  type        = number

  validation {
    condition     = var.cpu >= 10 && var.cpu <= 90
    error_message = "10 to 90 percent."
  }
}

variable "rps" {
  description = "The requests per second that one instance is sized for; null: only CPU counts."
  type        = number
  default     = null
}

variable "load_balancer" {
  description = "The load balancer, as metrics name it; null: none."
  type        = string
  default     = null
}

variable "target_groups" {
  description = "The target groups, blue and green, as metrics name them."
  type        = map(string)
  default     = {}
}
