variable "project" {
  description = "What the names of the project's resources begin with."
  type        = string
}

variable "repository" {
  description = "The repository on GitHub as its runs say it: OWNER@ID/NAME@ID, or an older one OWNER/NAME."
  type        = string

  validation {
    condition     = can(regex("^([A-Za-z0-9_-]+/[A-Za-z0-9._-]+|[A-Za-z0-9_-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)$", var.repository))
    error_message = "OWNER@ID/NAME@ID, or OWNER/NAME: no pattern."
  }
}

variable "branch" {
  description = "The branch whose images are pushed."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.branch))
    error_message = "The name of one branch: no pattern."
  }
}

variable "environments" {
  description = "The account's environments: region, bucket of the state, and whether builds are made in it."
  type        = map(object({ region = string, state_bucket = string, builds = bool }))
}

variable "make_provider" {
  description = "Whether GitHub's identity provider is made: an account has one, and another project may have made it."
  type        = bool
}
