variable "name" {
  description = "What the load balancer is called: project and environment."
  type        = string

  validation {
    condition     = length(var.name) <= 32 && !startswith(var.name, "internal-")
    error_message = "The name of a load balancer has at most 32 characters and does not begin with \"internal-\"."
  }
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "cidr" {
  description = "The addresses of the network, where the services are."
  type        = string
}

variable "subnet_ids" {
  description = "The public subnets, in two zones at least."
  type        = list(string)
}

variable "container_port" {
  description = "The port on which services listen."
  type        = number
}

variable "certificate_arn" {
  description = "The certificate that it shows."
  type        = string
}

variable "zone_id" {
  description = "The Route 53 zone that gets the names; null: they are kept elsewhere."
  type        = string
}

variable "hosts" {
  description = "The names under which the services are reached."
  type        = set(string)
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete it, and Terraform to delete its logs."
  type        = bool
}

variable "log_days" {
  description = "How many days the access logs are kept."
  type        = number
}

variable "errors" {
  description = "The share of requests that no instance may answer, in percent, before somebody is told."
  type        = number

  validation {
    condition     = var.errors >= 0 && var.errors <= 100
    error_message = "0 to 100 percent."
  }
}

variable "topic_arn" {
  description = "Where its alarm goes."
  type        = string
}
