variable "bucket" {
  description = "The bucket: a name that nobody else in the world has."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "A bucket's name is 3 to 63 lower-case letters, digits and dashes."
  }
}
