#!/bin/sh
# Applies this folder's configuration to a copy of the organization, with a copy of the state.
# The key in NEON_API_KEY is used for GET requests only.
set -eu

copy=$PWD/rehearsal
trap 'rm -rf "$copy"' EXIT
rm -rf "$copy"
mkdir "$copy"
cp ./*.tf .terraform.lock.hcl "$copy"
terraform state pull >"$copy/terraform.tfstate"

cd "$copy"
printf 'terraform {\n  backend "local" {}\n}\n' >backend_override.tf
terraform init -input=false
${NEONSIM:-go run github.com/dcbae579/terraform-provider-neon/internal/neontest/neonsim@latest} -copy \
  terraform apply -input=false -auto-approve
