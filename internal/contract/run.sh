#!/bin/sh
# Runs Neon's CLI and SDKs and the acceptance tests on the simulator, records what is said, and holds that against
# Neon's OpenAPI file. Arguments are for go test: with any, the coverage is not checked.
# RECORD names a folder with what was said in the acceptance tests, which are not run again then ("make test RECORD=…").
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
exchanges=$root/.cache/exchanges
for bin in "$root"/.cache/node/node_modules/*/bin; do
	[ ! -d "$bin" ] || PATH=$bin:$PATH
done
export PATH TF_ACC=1 NEONTEST_RECORD="$exchanges"

rm -rf "$exchanges"
mkdir -p "$exchanges"
failed=
acceptance="./internal/provider ./internal/e2e"
if [ -n "${RECORD:-}" ]; then
	cp "$RECORD"/*.jsonl "$exchanges"
	acceptance=
fi
echo "Recording on the simulator: Neon's CLI and SDKs${acceptance:+, and the provider's acceptance tests}"
go test -tags contract -count=1 -timeout=20m -skip "$UNRECORDED" "$@" ./internal/contract $acceptance || failed=1

echo "Holding the exchanges against Neon's OpenAPI file"
go test -tags contract -count=1 -v ${1:+-skip '^Test(Coverage|ExceptionsAreNeeded)$'} ./internal/contract/openapi || failed=1
[ -z "$failed" ]
