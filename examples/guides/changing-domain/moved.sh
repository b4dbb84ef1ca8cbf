#!/bin/sh
# Prints a moved block for each person of the state whose address ends with the old domain.
#
#   sh moved.sh neon_organization_member.people example.com example.org > moved.tf
set -eu
terraform state list | awk -F '"' -v resource="$1" -v old="@$2" -v new="@$3" '
	$1 == resource "[" && substr($2, length($2) - length(old) + 1) == old {
		name = substr($2, 1, length($2) - length(old))
		printf "moved {\n  from = %s[\"%s%s\"]\n  to   = %s[\"%s%s\"]\n}\n\n", resource, name, old, resource, name, new
	}'
