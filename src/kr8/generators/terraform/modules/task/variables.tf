variable "name" {
  description = "What the task definition is called: project, environment and service."
  type        = string
}

variable "container_name" {
  description = "The container: the service's name."
  type        = string
}

variable "image" {
  description = "The image, by digest or by a tag that is no moving one."
  type        = string

  validation {
    condition     = can(regex("(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$", var.image)) && !endswith(var.image, ":latest")
    error_message = "An image is REPOSITORY@sha256:DIGEST or REPOSITORY:TAG; \"latest\" says not what runs."
  }
}

variable "command" {
  description = "The command that runs the service; empty: the image's own."
  type        = list(string)
}

variable "environment" {
  description = "Environment variables, no secrets among them."
  type        = map(string)
}

variable "secrets" {
  description = "The ARN of the secret that each environment variable is given from."
  type        = map(string)
}

variable "port" {
  description = "The port on which the service listens; null: on none."
  type        = number
}

variable "cpu" {
  description = "CPU units: 1024 are one virtual CPU."
  type        = number

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "Fargate has 256, 512, 1024, 2048, 4096, 8192 and 16384 CPU units."
  }
}

variable "memory" {
  description = "Memory in MiB."
  type        = number

  validation {
    condition     = var.memory >= 512 && var.memory <= 122880
    error_message = "Fargate has 512 to 122880 MiB."
  }
}

variable "architecture" {
  description = "The processor: X86_64 or ARM64."
  type        = string

  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "X86_64 or ARM64."
  }
}

variable "read_only" {
  description = "Whether the container may write to /tmp only."
  type        = bool
}

variable "stop_timeout" {
  description = "The seconds from SIGTERM to SIGKILL."
  type        = number

  validation {
    condition     = var.stop_timeout >= 1 && var.stop_timeout <= 120
    error_message = "Fargate waits 1 to 120 seconds."
  }
}

variable "log_group" {
  description = "The log group that it writes to."
  type        = string
}

variable "execution_role_arn" {
  description = "The role that starts it."
  type        = string
}

variable "task_role_arn" {
  description = "The role of the service itself."
  type        = string
}
