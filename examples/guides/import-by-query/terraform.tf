terraform {
  required_version = ">= 1.14"

  required_providers {
    neon = {
      source = "dcbae579/neon"
    }
  }
}

provider "neon" {}
