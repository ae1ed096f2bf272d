variable "domain" {
  description = "The name that the certificate is for."
  type        = string
}

variable "alternative_names" {
  description = "More names that it is for."
  type        = list(string)
}

variable "zone_id" {
  description = "The Route 53 zone in which the names are proved."
  type        = string
}
