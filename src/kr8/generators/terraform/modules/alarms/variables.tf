variable "name" {
  description = "What the alarms begin with: project, environment and service."
  type        = string
}

variable "cluster_name" {
  description = "The cluster."
  type        = string
}

variable "service" {
  description = "The service, as its cluster names it."
  type        = string
}

variable "min" {
  description = "So many instances must run."
  type        = number
}

variable "topic_arn" {
  description = "Where alarms go."
  type        = string
}

variable "load_balancer" {
  description = "The load balancer, as metrics name it; null: it takes no requests."
  type        = string
  default     = null
}

variable "target_groups" {
  description = "The target groups, blue and green, as metrics name them."
  type        = map(string)
  default     = {}
}

variable "errors" {
  description = "The share of requests that may fail, in percent."
  type        = number
  default     = 1

  validation {
    condition     = var.errors >= 0 && var.errors <= 100
    error_message = "0 to 100 percent."
  }
}

variable "p99" {
  description = "The seconds within which 99 of 100 requests are answered; null: nothing is promised."
  type        = number
  default     = null
}
