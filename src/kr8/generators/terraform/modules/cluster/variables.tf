variable "name" {
  description = "What the cluster is called: project and environment."
  type        = string
}
