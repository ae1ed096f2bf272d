variable "name" {
  description = "What the schedule is called: project, environment and service."
  type        = string

  validation {
    condition     = length("${var.name}-schedule") <= 64
    error_message = "The name of a schedule's role has at most 64 characters, and \"-schedule\" is added to this one."
  }
}

variable "schedule" {
  description = "When it runs: rate(…), cron(…) or at(…); null: only when somebody runs it."
  type        = string

  validation {
    condition     = var.schedule == null ? true : can(regex("^(rate|cron|at)\\(.+\\)$", var.schedule))
    error_message = "rate(1 hour), cron(0 3 * * ? *) or at(2027-01-01T00:00:00)."
  }
}

variable "timezone" {
  description = "The time zone of the schedule."
  type        = string
}

variable "cluster_arn" {
  description = "The cluster."
  type        = string
}

variable "task_definition_arn" {
  description = "What runs, without a revision."
  type        = string
}

variable "family" {
  description = "The task definition's family, by which its runs are known."
  type        = string
}

variable "role_arns" {
  description = "The roles that its tasks are given."
  type        = list(string)
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

variable "topic_arn" {
  description = "Where a run that failed is told."
  type        = string
}

variable "key_arn" {
  description = "The KMS key that encrypts the schedule."
  type        = string
}
