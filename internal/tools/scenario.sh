#!/bin/sh
# Runs a scenario of internal/e2e alone, as a program: no word is printed but its own, and nothing is left behind.
#
#   scenario.sh demo            what "make demo" shows
#   scenario.sh live-settings   fails, and says what to set, unless the environment has what "live" needs
#   scenario.sh live            what "make testlive" does, to a real organization
set -eu

cd "$(dirname "$0")/../e2e"
folder=$(mktemp -d "${TMPDIR:-/tmp}/neon-scenario.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
go test -c -o "$folder/e2e" .
"$folder/e2e" "$1"
