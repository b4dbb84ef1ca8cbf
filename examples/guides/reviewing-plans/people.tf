locals {
  people = {
    "lead@example.com"  = "admin"
    "ops@example.com"   = "admin"
    "dev@example.com"   = "editor"
    "data@example.com"  = "editor"
    "audit@example.com" = "viewer"
  }
}
