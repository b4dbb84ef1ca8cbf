//go:build contract

package openapi_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// exceptions are where Neon's file is not the last word, and why. additions.yaml says what is right instead.
var exceptions = map[string]string{
	"GET /projects/{project_id}/members":                     "the types of @neon/sdk 6.1.2 have it, the file of @neondatabase/api-client 2.7.3 is older",
	"PUT /projects/{project_id}/members/{member_id}/role":    "the types of @neon/sdk 6.1.2 have it, the file of @neondatabase/api-client 2.7.3 is older",
	"DELETE /projects/{project_id}/members/{member_id}/role": "the types of @neon/sdk 6.1.2 have it, the file of @neondatabase/api-client 2.7.3 is older",
}

// TestExceptionsAreNeeded fails when the file has caught up, or when nothing that was recorded needs an exception.
func TestExceptionsAreNeeded(t *testing.T) {
	c := readContract(t)
	file, err := openapi3.NewLoader().LoadFromFile(filePath)
	if err != nil {
		t.Fatal(err)
	}
	inFile, inTraffic := map[string]bool{}, map[string]bool{}
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
			inTraffic[e.Method+" "+route.Path] = true
		}
	}
	for operation, why := range exceptions {
		switch {
		case inFile[operation]:
			t.Errorf("%s is no longer an exception (%s): the file has it, take it out here and of additions.yaml", operation, why)
		case !slices.Contains(c.added, operation):
			t.Errorf("%s is not in additions.yaml", operation)
		case !inTraffic[operation]:
			t.Errorf("%s is called by nobody: no exception is needed", operation)
		}
	}
	for _, operation := range c.added {
		if exceptions[operation] == "" {
			t.Errorf("%s is in additions.yaml without a reason here", operation)
		}
	}
}
