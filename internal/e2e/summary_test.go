//go:build unix

package e2e

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// planned is a change of a plan as "terraform show -json" prints it.
type planned struct {
	typ, actions  string // actions with commas
	before, after map[string]any
	unknown       map[string]any // after apply
}

// planJSON writes a plan into a file.
func planJSON(t *testing.T, changes ...planned) string {
	t.Helper()
	resources := []any{}
	for _, change := range changes {
		resources = append(resources, map[string]any{
			"address": change.typ + ".x", "mode": "managed", "type": change.typ, "name": "x",
			"change": map[string]any{"actions": strings.Split(change.actions, ","), "before": change.before, "after": change.after, "after_unknown": change.unknown},
		})
	}
	raw, err := json.Marshal(map[string]any{"resource_changes": resources})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plan.json")
	write(t, path, string(raw))
	return path
}

// TestSummary has the guide's script read plans of every type, and what must not come through.
func TestSummary(t *testing.T) {
	t.Parallel()
	type values = map[string]any
	person := values{"email": "dev@example.com", "role": "editor", "status": "active"}
	key := values{"name": "ci", "id": "1734101", "project_id": nil}
	endpoint := values{"vpc_endpoint_id": "vpce-1", "region_id": "aws-eu-central-1", "label": "main"}
	with := func(base values, more values) values {
		all := values{}
		for _, some := range []values{base, more} {
			maps.Copy(all, some)
		}
		return all
	}
	const member, list, rotating, grant = "neon_organization_member", "neon_organization_members_exclusive", "neon_organization_rotating_api_key", "neon_project_member_role"
	const gains, loses, final, other = "Gains access or rights", "Loses access or rights", "Cannot be undone", "Other changes"
	tests := map[string]struct {
		changes []planned
		want    map[string]string // lines by section; every other section is missing
	}{
		"nothing": {[]planned{{member, "no-op", person, person, nil}}, nil},
		"invited": {[]planned{{member, "create", nil, person, nil}}, map[string]string{
			gains: "- `dev@example.com` as `editor`",
			final: "- `dev@example.com` may get an invitation, which the API cannot cancel; a person with a Neon account joins at once",
		}},
		"removed":  {[]planned{{member, "delete", person, nil, nil}}, map[string]string{loses: "- `dev@example.com`, `editor` so far"}},
		"retained": {[]planned{{member, "delete", with(person, values{"retain_on_destroy": true}), nil, nil}}, map[string]string{other: "- `dev@example.com` keeps access, and is no longer managed"}},
		"pending": {[]planned{{member, "delete", with(person, values{"status": "pending"}), nil, nil}}, map[string]string{
			other: "- The invitation of `dev@example.com` stays open: only the Neon Console can cancel it",
		}},
		"promoted":    {[]planned{{member, "update", person, with(person, values{"role": "admin"}), nil}}, map[string]string{gains: "- `dev@example.com`: `editor` → `admin`"}},
		"same role":   {[]planned{{member, "update", person, with(person, values{"role": "member"}), nil}}, nil},
		"new address": {[]planned{{member, "update", person, with(person, values{"email": "dev@example.org"}), nil}}, map[string]string{other: "- `dev@example.com` is now `dev@example.org`"}},
		"forgotten":   {[]planned{{member, "forget", person, nil, nil}}, map[string]string{other: "- `neon_organization_member.x` is no longer managed; nothing changes at Neon"}},
		"replaced": {[]planned{{member, "delete,create", person, person, nil}}, map[string]string{
			loses: "- `dev@example.com`, `editor` so far", gains: "- `dev@example.com` as `editor`",
			final: "- `dev@example.com` may get an invitation, which the API cannot cancel; a person with a Neon account joins at once",
		}},
		"list": {[]planned{{
			list, "update",
			values{"members": values{"a@x": "admin", "b@x": "viewer", "c@x": "editor"}, "unlisted_members": values{"old@x": "admin"}, "on_unlisted": "report"},
			values{"members": values{"a@x": "viewer", "b@x": "viewer", "n@x": "editor"}, "unlisted_members": values{}, "on_unlisted": "remove"},
			nil,
		}}, map[string]string{
			loses: "- `a@x`: `admin` → `viewer`\n- `c@x`, `editor` so far\n- `old@x`, `admin` so far", gains: "- `n@x` as `editor`",
			final: "- `n@x` may get an invitation, which the API cannot cancel; a person with a Neon account joins at once",
		}},
		"reported": {[]planned{{
			list, "update",
			values{"members": values{"a@x": "admin", "c@x": "editor"}, "unlisted_members": values{}},
			values{"members": values{"a@x": "admin"}, "unlisted_members": values{"c@x": "editor"}, "on_unlisted": "report"},
			nil,
		}}, map[string]string{
			other: "- `c@x` keeps access as `editor`: not in the list, and only reported",
		}},
		"list given up": {[]planned{{list, "delete", values{"members": values{"a@x": "admin"}}, nil, nil}}, map[string]string{other: "- The member list is no longer managed. Nobody is removed"}},
		"invitation": {[]planned{{"neon_organization_invitation", "delete", person, nil, nil}}, map[string]string{
			other: "- The invitation of `dev@example.com` is no longer managed; it is not cancelled",
		}},
		"key replaced": {[]planned{{"neon_organization_api_key", "create,delete", key, key, values{"id": true, "key": true}}}, map[string]string{
			loses: "- API key `ci` for the whole organization (`1734101`) is revoked",
			final: "- API key `ci` for the whole organization (`1734101`): a revoked token never works again",
			gains: "- API key `ci` for the whole organization: anyone with its token",
		}},
		"key rotated": {[]planned{{rotating, "update", values{"name": "ci", "key_id": "2", "previous_key_id": "1"}, values{"name": "ci", "previous_key_id": "2"}, values{"key_id": true}}}, map[string]string{
			other: "- API key `ci` for the whole organization is rotated: a new token; the present one works until the overlap is over",
			loses: "- API key `ci` for the whole organization (`1`) is revoked",
			final: "- API key `ci` for the whole organization (`1`): a revoked token never works again",
		}},
		"grant taken": {[]planned{{grant, "delete", values{"email": "dev@x", "project_id": "p-1", "role": "admin"}, nil, nil}}, map[string]string{
			loses: "- `dev@x`, `admin` so far in project `p-1`", other: "- `dev@x` keeps what the organization role gives in project `p-1`",
		}},
		"limit": {[]planned{{"neon_organization_spending_limit", "update", values{"cents": 5000}, values{"cents": 1250}, nil}}, map[string]string{other: "- Spending limit: `$50.00` → `$12.50`"}},
		"endpoint deleted": {[]planned{{"neon_organization_vpc_endpoint", "delete", with(endpoint, values{"on_destroy": "delete"}), nil, nil}}, map[string]string{
			loses: "- VPC endpoint `vpce-1` in `aws-eu-central-1`: the network behind it",
			final: "- VPC endpoint `vpce-1` in `aws-eu-central-1` can never be added again after it is deleted",
		}},
		"endpoint kept": {[]planned{{"neon_organization_vpc_endpoint", "delete", with(endpoint, values{"on_destroy": "keep"}), nil, nil}}, map[string]string{
			other: "- VPC endpoint `vpce-1` in `aws-eu-central-1` stays at Neon, and is no longer managed",
		}},
		"another provider": {[]planned{{"aws_secret", "create", nil, values{}, nil}}, map[string]string{other: "- `aws_secret.x`: `create`"}},
		"hostile": {[]planned{{"neon_organization_api_key", "create", nil, values{"name": "`<b>\x1b[31m\n::error::\u202e@all|##[x]"}, nil}}, map[string]string{
			gains: "- API key `'<b> [31m : :error: : @all|# #[x]` for the whole organization: anyone with its token",
		}},
	}
	messages := filepath.Join(t.TempDir(), "plan.jsonl")
	write(t, messages, `{"type":"version"}`+"\n")
	// One Python for all of them.
	const all = "import sys; sys.path.insert(0, sys.argv[1]); import summary\nfor plan in sys.argv[3:]: summary.main(sys.argv[2], plan); print('%%')"
	names := slices.Sorted(maps.Keys(tests))
	args := []string{"-B", "-c", all, pullRequests, messages}
	for _, name := range names {
		args = append(args, planJSON(t, tests[name].changes...))
	}
	outputs := strings.Split(python(t, args...), "%%\n")
	for i, name := range names {
		out, want := outputs[i], tests[name].want
		got := map[string]string{}
		for _, part := range strings.Split(out, "\n### ")[1:] {
			title, lines, _ := strings.Cut(part, "\n\n")
			got[title] = strings.TrimSpace(lines)
		}
		if !maps.Equal(got, want) || (len(want) == 0) != strings.HasPrefix(out, "## Plan: no changes\n") {
			t.Errorf("%s: want the sections %q, got\n%s", name, want, out)
		}
	}
}

// A plan that fails has diagnostics, or lines that are no JSON where Terraform did not come that far.
func TestSummaryOfFailures(t *testing.T) {
	t.Parallel()
	messages := filepath.Join(t.TempDir(), "plan.jsonl")
	write(t, messages, `{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"Careful: </pre>","detail":"a\n\n</pre><script>"}}
{"type":"diagnostic","diagnostic":{"severity":"error","summary":"Refused","detail":"::error::x","address":"neon_organization_member.x"}}
Error: the backend is closed
`)
	const want = "## The plan failed\n\n### Errors\n\n**`Refused`** (`neon_organization_member.x`)\n\n<pre>\n: :error: :x\n</pre>\n" +
		"\n### Terraform\n\n<pre>\nError: the backend is closed\n</pre>\n" +
		"\n### Warnings\n\n**`Careful: </pre>`**\n\n<pre>\na\n\n&lt;/pre&gt;&lt;script&gt;\n</pre>\n"
	if got := python(t, filepath.Join(pullRequests, "summary.py"), messages, filepath.Join(t.TempDir(), "missing.json")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
