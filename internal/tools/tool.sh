#!/bin/sh
# Runs a Go tool at the version pinned in internal/tools/NAME/go.mod, built into .cache/tools/ on first use:
#
#   tool.sh golangci-lint run ./...    builds if need be, runs
#   tool.sh golangci-lint              builds if need be, prints the path
#
# A module for each tool keeps their many dependencies out of the provider's go.mod, and out of each other's.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
name=$1
shift
module=$root/internal/tools/$name
binary=$root/.cache/tools/$name
package=$(sed -n 's/^tool //p' "$module/go.mod")

# Built anew only for another version, or another Go: golangci-lint must not be older than the code's.
# (Go's own cache would notice too, but forgets what was not used for some days, and these take minutes.)
wanted=$(go env GOVERSION GOHOSTOS GOHOSTARCH && cat "$module/go.mod")
if [ ! -x "$binary" ] || [ "$wanted" != "$(cat "$binary.built" 2>/dev/null)" ]; then
	echo "Building $name, once; from empty caches this takes minutes." >&2
	mkdir -p "$root/.cache/tools"
	rm -f "$binary.built"
	# A flag for OpenTofu, which otherwise says that it is a development version. The other tools have no such variable.
	(cd "$module" && GOWORK=off GOFLAGS=-mod=readonly CGO_ENABLED=0 GOOS='' GOARCH='' go build -buildvcs=false -trimpath \
		-ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' -o "$binary" "$package") >&2
	printf '%s\n' "$wanted" >"$binary.built"
fi

if [ $# -eq 0 ]; then
	printf '%s\n' "$binary"
else
	exec "$binary" "$@"
fi
