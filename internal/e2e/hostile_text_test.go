//go:build unix

package e2e

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// tamperedFields are fields of answers that hold text: together those that refuse nothing, the others one by one. Each
// field of each answer is a case of the provider's own test of hostile text.
var tamperedFields = []string{"name handle plan managed_by last_used_from_addr image region_id", "role", "id"}

const hostileText = "x\n::stop-commands::y\r\n  ::error::z\x1b[8m ##[set-output name=a]b \u202ed\u2028::f::g\u0085::h::i```"

// A server's text in what Terraform prints moves no cursor, hides nothing and is no command to a CI runner, in values,
// messages and progress lines alike.
func TestTerraformPrintsNoHostileText(t *testing.T) {
	t.Parallel()
	var field atomic.Value
	sim := neontest.Start(t, neontest.Config{Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			recorder := httptest.NewRecorder()
			next.ServeHTTP(recorder, r)
			maps.Copy(w.Header(), recorder.Header())
			body := recorder.Body.Bytes()
			var answer any
			if name := field.Load(); name != nil && r.Method == http.MethodGet && json.Unmarshal(body, &answer) == nil {
				body, _ = json.Marshal(tamper(answer, name.(string), false))
				w.Header().Del("Content-Length")
			}
			w.WriteHeader(recorder.Code)
			_, _ = w.Write(body)
		})
	}})
	tf := attach(t, sim, `
resource "neon_organization_api_key" "ci" {
  name = "ci"
}
resource "neon_organization_member" "dev" {
  email = "dev@example.com"
  role  = "editor"
}
data "neon_organization" "this" {}
data "neon_organizations" "all" {}
data "neon_organization_api_keys" "all" {}
data "neon_organization_members" "all" {}
data "neon_projects" "all" {}
data "neon_caller_identity" "me" {}
output "all" {
  value = [data.neon_organization.this, data.neon_organizations.all, data.neon_organization_api_keys.all, data.neon_organization_members.all, data.neon_projects.all, data.neon_caller_identity.me]
}
`)
	if out, err := tf.try("apply", "-auto-approve"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, names := range tamperedFields {
		field.Store(names)
		for _, args := range [][]string{{"plan", "-destroy"}, {"apply", "-auto-approve", "-refresh-only"}, {"plan"}} {
			out, _ := tf.try(args...)
			if found := hostile.FindStringIndex(out); found != nil {
				t.Errorf("%s in every answer, terraform %v: %+q", names, args, out[max(0, found[0]-300):min(len(out), found[1]+100)])
			}
		}
	}
}

// hostile is a control or format character, a command at the beginning of a line or anywhere in one, or a fence.
var hostile = regexp.MustCompile("(?m)^[\\s│╷╵|]*::\\S|##\\[|```|[\\p{Cf}\\x{2028}\\x{2029}\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]")

// tamper appends hostile text to every field of these names.
func tamper(value any, names string, its bool) any {
	switch value := value.(type) {
	case map[string]any:
		for key, part := range value {
			value[key] = tamper(part, names, slices.Contains(strings.Fields(names), key))
		}
	case []any:
		for i, part := range value {
			value[i] = tamper(part, names, its)
		}
	case string:
		if its && !strings.HasPrefix(value, "org-") {
			return value + hostileText
		}
	}
	return value
}
