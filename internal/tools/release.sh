#!/bin/sh
# Builds the files of a release into dist/, and checks them: the configuration, the checksums, a second build, and an
# installation by Terraform and OpenTofu (internal/release). Signs and publishes nothing: release.yml does.
#
#   release.sh             the files of the tag that is checked out
#   release.sh -snapshot   the same of any commit, with a version of its own
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
tools=$root/internal/tools
snapshot=${1:-}

# The Go release that go.mod names, and not a later one that is installed: another compiler writes other bytes.
GOTOOLCHAIN=$(sed -n 's/^toolchain //p' go.mod)
export GOTOOLCHAIN GOFLAGS=

"$tools/tool.sh" cyclonedx-gomod >/dev/null # once, and not for all platforms at the same time
goreleaser=$("$tools/tool.sh" goreleaser)
echo "Building the files of a release into dist/"
if ! git ls-remote --get-url >/dev/null 2>&1; then
	# Without a remote, goreleaser does not ask for the commit either.
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/dcbae579/terraform-provider-neon
fi
"$goreleaser" check --quiet
"$goreleaser" release ${snapshot:+--snapshot} --clean --skip=publish --parallelism=2

# Uploaded from where it is, and missing in dist/ only.
version=$(sed -n 's/.*"version":"\([^"]*\)".*/\1/p' dist/metadata.json)
name=terraform-provider-neon_$version
cp terraform-registry-manifest.json "dist/${name}_manifest.json"

echo "Checking the checksums, which are of every file"
(
	cd dist
	if command -v sha256sum >/dev/null; then sha256sum -c --quiet "${name}_SHA256SUMS"; else shasum -a 256 -c "${name}_SHA256SUMS" >/dev/null; fi
	ls terraform-provider-neon_*.zip terraform-provider-neon_*.json | sort >files
	sed 's/^[0-9a-f]*  //' "${name}_SHA256SUMS" | sort | diff files -
	rm files
)

if [ -n "$(git status --porcelain)" ]; then
	echo "Not compared with a second build: there are changes that are not committed."
else
	echo "Building a second time, in another folder, which must give the same bytes"
	again=$(mktemp -d "${TMPDIR:-/tmp}/neon-release.XXXXXX")
	trap 'rm -rf "$again"' EXIT
	trap 'exit 130' INT TERM
	git clone -q --no-checkout "file://$root" "$again/clone"
	git -C "$again/clone" -c advice.detachedHead=false checkout -q "$(git rev-parse HEAD)"
	(cd "$again/clone" && "$goreleaser" build ${snapshot:+--snapshot} --single-target --output "$again/provider" 2>"$again/log") || { cat "$again/log" >&2; exit 1; }
	cmp "$again/provider" dist/terraform-provider-neon_"$(go env GOOS)_$(go env GOARCH)"_*/"terraform-provider-neon_v$version$(go env GOEXE)"
fi

echo "Installing it with Terraform and OpenTofu, and working with it"
"$tools/terraform.sh" go test -tags release -count=1 -run 'TestZips|TestInstall' ./internal/release
