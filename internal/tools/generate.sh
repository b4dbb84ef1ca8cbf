#!/bin/sh
# Formats the examples, generates docs/ from the provider's schema, templates/ and examples/, and lists the simulator's
# behaviours in internal/neontest/BEHAVIOUR.md:
#
#   generate.sh          writes them
#   generate.sh -check   writes nothing; fails on any difference
#
# docs/ is made in a temporary folder in both cases: the check is the generation itself, and what fails half-way
# changes nothing. No Terraform is asked for the schema, so the result is the same whatever is installed.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
tools=$root/internal/tools

made=$(mktemp -d "${TMPDIR:-/tmp}/neon-generate.XXXXXX")
trap 'rm -rf "$made"' EXIT
trap 'exit 130' INT TERM

terraform=$("$tools/terraform.sh")
unset TF_CLI_CONFIG_FILE TF_CLI_ARGS TF_CLI_ARGS_fmt
if [ "${1:-}" = -check ]; then
	echo "Checking that the examples are formatted"
	if ! "$terraform" fmt -check -diff -recursive examples; then
		echo "The examples are not formatted: run 'make generate' and commit what it changes." >&2
		exit 1
	fi
else
	echo "Formatting the examples"
	"$terraform" fmt -recursive examples
fi

echo "Generating the documentation"
go run ./internal/schemajson -address neon >"$made/schema.json"
for input in examples templates; do
	[ ! -d "$input" ] || cp -R "$input" "$made/$input"
done
mkdir "$made/docs"
plugindocs() {
	verb=$1
	shift
	"$tools/tool.sh" tfplugindocs "$verb" --provider-dir "$made" --provider-name neon --providers-schema "$made/schema.json" "$@"
}
plugindocs generate --rendered-provider-name Neon >"$made/log" || { cat "$made/log" >&2; exit 1; }
plugindocs validate >"$made/log" 2>&1 || { cat "$made/log" >&2; exit 1; }

echo "Drawing what README.md shows of the demo"
NEON_DEMO_PICTURE=$made/demo.svg TERRAFORM=$terraform "$tools/scenario.sh" demo >"$made/log" 2>&1 || { cat "$made/log" >&2; exit 1; }

if [ "${1:-}" != -check ]; then
	cp "$made/demo.svg" .github/demo.svg
	rm -rf docs
	cp -R "$made/docs" docs
	go test -run '^TestGrades$' -count=1 ./internal/neontest -update >"$made/log" || { cat "$made/log" >&2; exit 1; } # which "make test" compares
elif ! diff -u .github/demo.svg "$made/demo.svg"; then
	echo "README.md shows another demo than there is: run 'make generate' and commit what it changes." >&2
	exit 1
elif ! diff -ruN docs "$made/docs"; then
	echo "docs/ is not what the schema, templates/ and examples/ say: run 'make generate' and commit what it changes." >&2
	exit 1
fi
