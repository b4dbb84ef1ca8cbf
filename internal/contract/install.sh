#!/bin/sh
# Installs Neon's own CLI and SDKs, at the versions in package-lock.json, into .cache/contract/.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$here/../../.cache/contract

new_enough='const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || major == 20 && minor >= 19 ? 0 : 1)'
if ! command -v npm >/dev/null || ! node -e "$new_enough" 2>/dev/null; then
	echo "Neon's CLI and SDKs need Node.js 20.19 or later, and npm." >&2
	exit 1
fi

if cmp -s "$here/package-lock.json" "$folder/installed"; then
	exit
fi
echo "Installing Neon's CLI and SDKs into .cache/contract/, once"
mkdir -p "$folder"
rm -f "$folder/installed"
cp "$here/package.json" "$here/package-lock.json" "$folder/"
(cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
cp "$here/package-lock.json" "$folder/installed"
