variable "name" {
  description = "What the network is called: project and environment."
  type        = string
}

variable "cidr" {
  description = "The addresses of the network."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && can(regex("/(1[6-9]|2[0-2])$", var.cidr))
    error_message = "An IPv4 range with a prefix from /16 to /22, such as 10.0.0.0/16."
  }
}

variable "zones" {
  description = "In how many availability zones everything runs."
  type        = number

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "2 or 3: a load balancer needs two, and more than three cost more than they give."
  }
}

variable "egress" {
  description = "How private subnets reach the outside: nat-per-zone, nat (one for all), or endpoints (AWS only)."
  type        = string

  validation {
    condition     = contains(["nat-per-zone", "nat", "endpoints"], var.egress)
    error_message = "nat-per-zone, nat or endpoints."
  }
}

variable "interface_endpoints" {
  description = "Whether AWS's APIs are reached within the network also where there is a NAT gateway."
  type        = bool
}

variable "log_days" {
  description = "How many days the flow logs are kept."
  type        = number
}

variable "key_arn" {
  description = "The KMS key that encrypts the flow logs."
  type        = string
}
