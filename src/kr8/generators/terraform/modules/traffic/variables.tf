variable "name" {
  description = "Project, environment and service."
  type        = string
}

variable "service" {
  description = "The service."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "listener_arn" {
  description = "The listener that requests come from."
  type        = string
}

variable "priority" {
  description = "Which rule is asked first: the lower number."
  type        = number

  validation {
    condition     = var.priority >= 1 && var.priority <= 50000
    error_message = "A rule's priority is 1 to 50000."
  }
}

variable "hosts" {
  description = "The names that belong to the service; none: every name."
  type        = list(string)
}

variable "paths" {
  description = "The paths that belong to the service; none: every path."
  type        = list(string)

  validation {
    condition     = length(var.paths) <= 4
    error_message = "At most 4: a rule has five values, and the name is one of them."
  }
}

variable "port" {
  description = "The port on which the service listens."
  type        = number
}

variable "health_path" {
  description = "The path that answers 2xx when an instance can take traffic."
  type        = string
}

variable "drain" {
  description = "The seconds that open requests of an old instance may go on."
  type        = number

  validation {
    condition     = var.drain >= 0 && var.drain <= 3600
    error_message = "A target group drains 0 to 3600 seconds."
  }
}
