#!/bin/sh
# Runs a Go tool at the version pinned in internal/tools/NAME/go.mod, built into .cache/tools/:
#
#   tool.sh golangci-lint run ./...
#
# A module for each tool keeps their many dependencies out of the provider's go.mod, and out of each other's.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
name=$1
shift
module=$root/internal/tools/$name
binary=$root/.cache/tools/$name
package=$(sed -n 's/^tool //p' "$module/go.mod")

if [ ! -x "$binary" ]; then
	echo "Building $name, once; from empty caches this takes a few minutes." >&2
fi
# Each time: Go sees in a second that nothing has changed, or builds the new version.
(cd "$module" && GOWORK=off GOFLAGS=-mod=readonly GOOS='' GOARCH='' go build -buildvcs=false -trimpath -o "$binary" "$package") >&2

exec "$binary" "$@"
