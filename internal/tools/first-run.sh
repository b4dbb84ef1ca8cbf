#!/bin/sh
# Does what a newcomer does: clones the repository as committed into an empty folder, with an empty home, and runs
# every block of README.md and CONTRIBUTING.md that is marked as runnable (```sh runnable).
#
#   first-run.sh          Go's caches are shared with the caller, if they are where Go keeps them
#   first-run.sh -cold    nothing is: everything is downloaded and built anew, which takes many minutes
#
# TESTARGS, in the environment, makes the "make test" of the README a shorter one; TERRAFORM is used if it is set.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/neon-first-run.XXXXXX")
# Go's downloaded modules are read-only.
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

echo "Cloning into an empty folder"
git -c advice.detachedHead=false clone -q "file://$root" "$folder/clone"
mkdir "$folder/home" "$folder/tmp" "$folder/bin"
if [ "${1:-}" != -cold ]; then
	GOMODCACHE=$(go env GOMODCACHE) GOCACHE=$(go env GOCACHE)
	export GOMODCACHE GOCACHE
else
	unset GOMODCACHE GOCACHE GOPATH
fi
export HOME="$folder/home" TMPDIR="$folder/tmp"
unset XDG_CACHE_HOME XDG_CONFIG_HOME MAKEFLAGS MAKELEVEL

cd "$folder/clone"
awk -v folder="$folder" '
	/^```/ {
		running = ($0 == "```sh runnable")
		if (running) { block = sprintf("%s/block-%02d", folder, ++n); print FILENAME > (block ".from") }
		next
	}
	running { print > block }
' README.md CONTRIBUTING.md
if ! grep -q '^make demo' "$folder"/block-* || ! grep -q '^make test' "$folder"/block-*; then
	echo "README.md has no runnable block with its two commands." >&2
	exit 1
fi

# All in one shell, as a reader would.
for block in "$folder"/block-??; do
	echo "echo; echo '==> A block of $(cat "$block.from"):'; sed 's/^/    /' '$block'; started=\$(date +%s)"
	cat "$block"
	echo "echo \"==> It took \$((\$(date +%s) - started)) s\""
done >"$folder/blocks.sh"
# Where there is no terraform, readers write tofu instead.
if ! command -v terraform >/dev/null; then
	printf '#!/bin/sh\nexec "%s" "$@"\n' "${TERRAFORM:-$folder/clone/.cache/tools/opentofu}" >"$folder/bin/terraform"
	chmod +x "$folder/bin/terraform"
	PATH=$PATH:$folder/bin
fi
sh -eu "$folder/blocks.sh" </dev/null

left=$(git status --porcelain)
if [ -n "$left" ]; then
	echo "The commands of README.md left something behind, or changed something:" >&2
	echo "$left" >&2
	exit 1
fi
left=$(ls -A "$folder/tmp")
if [ -n "$left" ]; then
	echo "The commands of README.md left something behind in the folder for temporary files: $left" >&2
	exit 1
fi
echo "A first run works."
