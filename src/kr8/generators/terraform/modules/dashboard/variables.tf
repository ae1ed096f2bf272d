variable "name" {
  description = "What the dashboard is called: project and environment."
  type        = string
}

variable "description" {
  description = "What the project is for."
  type        = string
}

variable "cluster_name" {
  description = "The cluster."
  type        = string
}

variable "load_balancer" {
  description = "The load balancer, as metrics name it; null: there is none."
  type        = string
  default     = null
}

variable "services" {
  description = "The services in the order shown, with their target groups as metrics name them."
  type = list(object({
    name          = string
    target_groups = optional(map(string), {})
  }))
}
