#!/bin/sh
# Finds a Terraform for the tests, the demo and the documentation; builds OpenTofu where there is none.
#
#   terraform.sh               prints the path of the binary
#   terraform.sh COMMAND ...   runs a command with that binary in its environment: TERRAFORM, and what
#                              terraform-plugin-testing wants to know of it
#
# First that answers: $TERRAFORM (a path or a name), terraform on PATH, tofu on PATH, OpenTofu built from
# internal/tools/opentofu into .cache/.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cache=$root/.cache/terraform

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

build() {
	tofu=$cache/tofu
	flags='-s -w -X github.com/opentofu/opentofu/version.dev=no'
	mkdir -p "$cache"
	if ! version_of "$tofu" >/dev/null; then
		say "No Terraform or OpenTofu on PATH: building OpenTofu, once. From empty caches this takes about"
		say "2½ minutes and 3 GB of Go's caches. (TERRAFORM=/path/to/terraform uses another one.)"
	fi
	# Each time: Go sees in a second that nothing has changed, or builds the new version.
	(cd "$root/internal/tools/opentofu" &&
		GOWORK=off GOFLAGS=-mod=readonly CGO_ENABLED=0 GOOS='' GOARCH='' go build -buildvcs=false -trimpath -ldflags "$flags" \
			-o "$tofu" github.com/opentofu/opentofu/cmd/tofu) >&2
	printf '%s\n' "$tofu"
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
	build
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
	mkdir -p "$cache"
	wrapper=$(mktemp "$cache/wrapper.XXXXXX")
	cat >"$wrapper" <<-END
		#!/bin/sh
		case "\${1:-}" in
		version) '$TERRAFORM' "\$@" | sed 's/^OpenTofu v/Terraform v/' ;;
		*) exec '$TERRAFORM' "\$@" ;;
		esac
	END
	chmod +x "$wrapper"
	mv "$wrapper" "$cache/opentofu-as-terraform"
	export TF_ACC_TERRAFORM_PATH="$cache/opentofu-as-terraform"
	export TF_ACC_PROVIDER_HOST=registry.opentofu.org TF_ACC_PROVIDER_NAMESPACE=hashicorp
	;;
esac

exec "$@"
