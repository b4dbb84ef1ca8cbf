#!/bin/sh
# Installs Neon's own CLI and SDKs, at the versions in package-lock.json, into .cache/contract/.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$here/../../.cache/contract

for program in node npm; do
	if ! command -v "$program" >/dev/null; then
		echo "$program is missing: Neon's CLI and SDKs need Node.js 20 or later." >&2
		exit 1
	fi
done

if cmp -s "$here/package-lock.json" "$folder/installed"; then
	exit
fi
echo "Installing Neon's CLI and SDKs into .cache/contract/, once"
mkdir -p "$folder"
rm -f "$folder/installed"
cp "$here/package.json" "$here/package-lock.json" "$folder/"
(cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
cp "$here/package-lock.json" "$folder/installed"
