#!/bin/sh
# Finds a Terraform for the tests, the demo and the documentation; builds OpenTofu where there is none.
#
#   terraform.sh               prints the path of the binary
#   terraform.sh COMMAND ...   runs a command with that binary in its environment: TERRAFORM, and what
#                              terraform-plugin-testing wants to know of it
#
# First that answers: $TERRAFORM (a path or a name), terraform on PATH, tofu on PATH, OpenTofu built from
# internal/tools/opentofu.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)

# Neither a developer's CLI configuration nor the version check over the network has a part in this.
unset TF_CLI_CONFIG_FILE TF_CLI_ARGS TF_WORKSPACE TF_DATA_DIR
export CHECKPOINT_DISABLE=1

say() { echo "$@" >&2; }

# version_of PROGRAM: the first line of its version, or failure. Version managers put stand-ins on PATH that
# have nothing to start: being there is not enough.
version_of() {
	v=$("$1" version 2>/dev/null) || return 1
	v=$(printf '%s\n' "$v" | sed -n 1p)
	case $v in
	"Terraform v"* | "OpenTofu v"*) printf '%s\n' "$v" ;;
	*) return 1 ;;
	esac
}

find_it() {
	if [ -n "${TERRAFORM:-}" ]; then
		if ! found=$(command -v "$TERRAFORM") || ! version_of "$found" >/dev/null; then
			say "TERRAFORM=$TERRAFORM is not a Terraform or OpenTofu that runs."
			return 1
		fi
		case $found in /*) ;; *) found=$PWD/$found ;; esac
		printf '%s\n' "$found"
		return
	fi
	for name in terraform tofu; do
		if found=$(command -v "$name"); then
			if version_of "$found" >/dev/null; then
				printf '%s\n' "$found"
				return
			fi
			say "$found does not run; looking on."
		fi
	done
	if [ ! -x "$root/.cache/tools/opentofu" ]; then
		say "No Terraform or OpenTofu on PATH. OpenTofu is built, once: that takes minutes and some"
		say "gigabytes of Go's caches. TERRAFORM=/path/to/terraform would use another one."
	fi
	"$root/internal/tools/tool.sh" opentofu
}

TERRAFORM=$(find_it)

if [ $# -eq 0 ]; then
	printf '%s\n' "$TERRAFORM"
	exit
fi

version=$(version_of "$TERRAFORM")
say "Using $version ($TERRAFORM)"
export TERRAFORM TF_ACC_TERRAFORM_PATH="$TERRAFORM"

case $version in
OpenTofu*)
	# terraform-plugin-testing reads "Terraform v…" from the version, and puts providers without a source where
	# Terraform looks for them; OpenTofu looks elsewhere.
	mkdir -p "$root/.cache"
	wrapper=$(mktemp "$root/.cache/wrapper.XXXXXX")
	cat >"$wrapper" <<-END
		#!/bin/sh
		case "\${1:-}" in
		version) '$TERRAFORM' "\$@" | sed 's/^OpenTofu v/Terraform v/' ;;
		*) exec '$TERRAFORM' "\$@" ;;
		esac
	END
	chmod +x "$wrapper"
	export TF_ACC_TERRAFORM_PATH="$root/.cache/$(printf '%s\n' "$version" | sed 's/[^A-Za-z0-9.-]/-/g')-as-terraform"
	mv "$wrapper" "$TF_ACC_TERRAFORM_PATH"
	export TF_ACC_PROVIDER_HOST=registry.opentofu.org TF_ACC_PROVIDER_NAMESPACE=hashicorp
	;;
esac

exec "$@"
