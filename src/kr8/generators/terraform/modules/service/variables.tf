variable "name" {
  description = "Project, environment and service."
  type        = string
}

variable "service" {
  description = "The service."
  type        = string
}

variable "cluster_arn" {
  description = "The cluster."
  type        = string
}

variable "task_definition_arn" {
  description = "What runs until the first deployment."
  type        = string
}

variable "instances" {
  description = "How many instances run at first."
  type        = number

  validation {
    condition     = var.instances >= 0 && var.instances <= 1000
    error_message = "0 to 1000 instances."
  }
}

variable "spot" {
  description = "Whether it runs on spare capacity, which AWS takes back with two minutes' notice."
  type        = bool
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "cidr" {
  description = "The addresses of the network."
  type        = string
}

variable "subnet_ids" {
  description = "The private subnets."
  type        = list(string)
}

variable "outbound_ports" {
  description = "The TCP ports that it may reach outside."
  type        = set(number)
}

variable "port" {
  description = "The port on which it takes requests; null: it takes none."
  type        = number
  default     = null
}

variable "target_group_arn" {
  description = "The target group that its instances join; null: none."
  type        = string
  default     = null
}

variable "load_balancer_security_group_id" {
  description = "Where its requests come from; null: from nowhere."
  type        = string
  default     = null
}

variable "grace" {
  description = "The seconds that an instance may take to become healthy."
  type        = number
  default     = 30
}

variable "namespace_arn" {
  description = "The namespace in which it is called and calls; null: neither."
  type        = string
  default     = null
}
