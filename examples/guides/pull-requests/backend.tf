# The state is where every job finds it. The bucket is encrypted, and few people can read it.
terraform {
  backend "s3" {
    bucket       = "example-terraform-state"
    key          = "neon/organization.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}
