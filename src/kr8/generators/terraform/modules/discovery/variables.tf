variable "name" {
  description = "What the namespace is called: project and environment."
  type        = string
}
