#!/bin/sh
# Runs Neon's CLI and SDKs and the acceptance tests on the simulator, records what is said, and holds that against
# Neon's OpenAPI file. Arguments are for go test: with any, the coverage in README.md is not compared. UPDATE=1 writes it.
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
echo "Recording: Neon's CLI and SDKs, and the provider's acceptance tests, on the simulator"
# Left out is what makes the same requests over and over: random histories, faults, interrupts, crowds.
go test -tags contract -count=1 -timeout=20m \
	-skip 'Histories|Randomly|FaultMatrix|Interrupt|FiftyAtOnce' \
	"$@" ./internal/contract ./internal/provider . || failed=1

echo "Holding the exchanges against Neon's OpenAPI file"
go test -tags contract -count=1 -v ${1:+-skip '^Test(Coverage|ExceptionsAreNeeded)$'} ./internal/contract/openapi ${UPDATE:+-update} || failed=1
[ -z "$failed" ]
