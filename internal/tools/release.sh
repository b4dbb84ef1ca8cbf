#!/bin/sh
# Makes what a release consists of, in dist/, and checks it: see internal/release.
#
#   release.sh             a release of the tag that is checked out: signed, and uploaded as a draft
#   release.sh -snapshot   the same files but for the signature; nothing leaves the machine
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
tools=$root/internal/tools

"$tools/tool.sh" cyclonedx-gomod >/dev/null # once, and not for all platforms at the same time
if [ "${1:-}" = -snapshot ]; then
	echo "Building the release files into dist/"
	if ! git ls-remote --get-url >/dev/null 2>&1; then
		# Without a remote, goreleaser does not ask for the commit either.
		export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/dcbae579/terraform-provider-neon
	fi
	"$tools/tool.sh" goreleaser check --quiet
	"$tools/tool.sh" goreleaser release --snapshot --clean --skip=sign,publish --parallelism=2
else
	"$tools/tool.sh" goreleaser release --clean --parallelism=2
fi
# Uploaded from where it is, and missing in dist/ only.
version=$(sed -n 's/.*"version":"\([^"]*\)".*/\1/p' dist/metadata.json)
cp terraform-registry-manifest.json "dist/terraform-provider-neon_${version}_manifest.json"

"$tools/terraform.sh" go run ./internal/release
