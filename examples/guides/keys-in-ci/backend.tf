# Few people can read this state: it has the tokens.
terraform {
  backend "s3" {
    bucket       = "example-terraform-state"
    key          = "neon/ci-keys.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}
