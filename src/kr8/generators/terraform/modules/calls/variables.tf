variable "security_group_id" {
  description = "The instances of the service that is called."
  type        = string
}

variable "callers" {
  description = "The security group of each service that calls it."
  type        = map(string)
}

variable "port" {
  description = "The port on which it takes requests."
  type        = number
}
