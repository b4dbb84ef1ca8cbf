//go:build contract

package openapi_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// newer are the operations that Neon's file does not have and additions.yaml has, and why.
var newer = map[string]string{
	"GET /projects/{project_id}/members":                     "Neon's published definition has it since September 2026, and so have the types of @neon/sdk 6.1.2; the file of @neondatabase/api-client 2.7.3 is older",
	"PUT /projects/{project_id}/members/{member_id}/role":    "Neon's published definition has it since September 2026, and so have the types of @neon/sdk 6.1.2; the file of @neondatabase/api-client 2.7.3 is older",
	"DELETE /projects/{project_id}/members/{member_id}/role": "Neon's published definition has it since September 2026, and so have the types of @neon/sdk 6.1.2; the file of @neondatabase/api-client 2.7.3 is older",
}

// exception is something that the file does not allow and that is right nevertheless.
type exception struct {
	problem problem
	why     string
	// only is what the answer must have in it, to keep the exception small.
	only string
}

var exceptions = []exception{
	{
		problem{"GET /organizations/{org_id}/members", "answer 200", `/members/*/member/role: value is not one of the allowed values ["admin","member","editor","viewer","collaborator"]`},
		"Neon may have new roles before the file has them, and the provider has to read them: tests give somebody the role owner",
		`"role":"owner"`,
	},
}

// excepted says which of the exceptions a problem is, -1 if it is none.
func excepted(p problem, e *neontest.Exchange) int {
	return slices.IndexFunc(exceptions, func(x exception) bool { return x.problem == p && strings.Contains(e.Body, x.only) })
}

// TestExceptionsAreNeeded fails when the file has caught up, or when nothing that was recorded needs an exception.
func TestExceptionsAreNeeded(t *testing.T) {
	c := readContract(t)
	file, err := openapi3.NewLoader().LoadFromFile(filePath)
	if err != nil {
		t.Fatal(err)
	}
	inFile, called, needed := map[string]bool{}, map[string]bool{}, map[int]bool{}
	for path, item := range file.Paths.Map() {
		for method := range item.Operations() {
			inFile[method+" "+path] = true
		}
	}
	for _, e := range recorded(t) {
		location, err := url.Parse(host + e.URL)
		if err != nil {
			t.Fatal(err)
		}
		if route, _, err := c.stands.router.FindRoute(&http.Request{Method: e.Method, URL: location}); err == nil {
			called[e.Method+" "+route.Path] = true
		}
		for _, p := range c.check(&e) {
			needed[excepted(p, &e)] = true
		}
	}
	for operation, why := range newer {
		switch {
		case inFile[operation]:
			t.Errorf("%s is no longer an exception (%s): the file has it, take it out here and of additions.yaml", operation, why)
		case !slices.Contains(c.added, operation):
			t.Errorf("%s is not in additions.yaml", operation)
		case !called[operation]:
			t.Errorf("%s is called by nobody: no exception is needed", operation)
		}
	}
	for _, operation := range c.added {
		if newer[operation] == "" {
			t.Errorf("%s is in additions.yaml without a reason here", operation)
		}
	}
	for i, x := range exceptions {
		if !needed[i] {
			t.Errorf("%s: this exception is no longer needed (%s)", x.problem, x.why)
		}
	}
}
