#!/bin/sh
# Installs Neon's own CLI and SDKs, at the versions in package-lock.json, into .cache/contract/; and Node.js into
# .cache/node/ if there is one that is too old.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$here/../../.cache

# install FROM INTO: what the package-lock.json of a folder says, into another one.
install() {
	if cmp -s "$1/package-lock.json" "$2/installed"; then
		return
	fi
	echo "Installing $3 into .cache/${2##*/}/, once"
	mkdir -p "$2"
	rm -f "$2/installed"
	cp "$1/package.json" "$1/package-lock.json" "$2/"
	(cd "$2" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
	cp "$1/package-lock.json" "$2/installed"
}

new_enough='const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || major == 20 && minor >= 19 ? 0 : 1)'
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "Neon's CLI and SDKs need Node.js 20.19 or later, and npm." >&2
	exit 1
fi
if node -e "$new_enough"; then
	rm -rf "$cache/node"
else
	install "$here/node" "$cache/node" "Node.js 22, for $(node --version) is too old,"
	if ! "$cache"/node/node_modules/*/bin/node -e "$new_enough"; then
		echo "Neon's CLI and SDKs need Node.js 20.19 or later. There is none in npm for this kind of machine." >&2
		exit 1
	fi
fi

install "$here" "$cache/contract" "Neon's CLI and SDKs"
