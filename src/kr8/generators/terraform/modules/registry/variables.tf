variable "name" {
  description = "What the repositories begin with: project and environment."
  type        = string
}

variable "services" {
  description = "The services that have images."
  type        = set(string)
}

variable "keep" {
  description = "How many images of a service are kept."
  type        = number

  validation {
    condition     = var.keep >= 10 && var.keep <= 1000
    error_message = "10 to 1000: a rollback needs the images of the releases before."
  }
}

variable "reader_accounts" {
  description = "The other accounts whose environments take builds from here."
  type        = set(string)

  validation {
    condition     = alltrue([for account in var.reader_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "An account's number has 12 digits."
  }
}

variable "key_arn" {
  description = "The KMS key that encrypts the images."
  type        = string
}
