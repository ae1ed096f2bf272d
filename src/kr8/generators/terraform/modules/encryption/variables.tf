variable "name" {
  description = "What the key is called: project and environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,64}$", var.name))
    error_message = "A name is 2 to 65 lower-case letters, digits and dashes."
  }
}
