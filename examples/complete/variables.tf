variable "people" {
  description = "Who belongs to the organization, and with which role: e-mail address (lower case) => role."
  type        = map(string)
  default = {
    "ops@example.com"   = "admin"
    "dev@example.com"   = "editor"
    "data@example.com"  = "editor"
    "audit@example.com" = "viewer"
    "new@example.com"   = "editor"
  }
}

variable "protected_members" {
  description = "People that no plan may remove or give a lesser role."
  type        = set(string)
  default     = ["lead@example.com"]
}

variable "guest" {
  description = "E-mail address of a person who is invited once, and whose membership is not managed."
  type        = string
  default     = "guest@partner.example"
}

variable "ci_project" {
  description = "Name of the project that CI deploys to."
  type        = string
  default     = "website"
}

variable "key_generation" {
  description = "Any text. Change it to replace the API keys by new ones."
  type        = string
  default     = "1"
}
