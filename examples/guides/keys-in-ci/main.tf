terraform {
  required_version = ">= 1.11" # write-only arguments

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.94"
    }
  }
}

provider "neon" {} # the personal key of an admin, from NEON_API_KEY

provider "aws" {}

variable "repositories" {
  description = "The Neon project that each repository deploys to: project ids by repository."
  type        = map(string)
}

# A key for each repository, limited to its project.
resource "neon_organization_rotating_api_key" "ci" {
  for_each = var.repositories

  name         = "ci ${each.key}"
  project_id   = each.value
  rotate_after = "60d"
  overlap      = "14d"
}

resource "aws_secretsmanager_secret" "ci" {
  for_each = var.repositories

  name = "ci/${each.key}/NEON_API_KEY"
}

# A write-only argument is in no state and in no plan. The provider of the store writes it again when its
# version changes, and each rotation changes key_id.
resource "aws_secretsmanager_secret_version" "ci" {
  for_each = var.repositories

  secret_id                = aws_secretsmanager_secret.ci[each.key].id
  secret_string_wo         = neon_organization_rotating_api_key.ci[each.key].key
  secret_string_wo_version = neon_organization_rotating_api_key.ci[each.key].key_id
}

# When the scheduled job has something to do next.
output "next_rotation_at" {
  value = { for repository, key in neon_organization_rotating_api_key.ci : repository => key.next_rotation_at }
}
