//go:build contract

package openapi_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// notNeeded are operations that the provider does not call, and why.
var notNeeded = map[string]string{
	"GET /organizations/{org_id}/vpc/region/{region_id}/vpc_endpoints": "the list across all regions has the same endpoints, and serves every region with one request",
}

// TestCoverage says which of Neon's operations for organizations and for a project's members the simulator serves and the
// provider calls: all of them, but for those that are not needed.
func TestCoverage(t *testing.T) {
	c := readContract(t)
	type use struct{ answered, called bool }
	uses := map[string]use{}
	exchanges := recorded(t)
	for i := range exchanges {
		e := &exchanges[i]
		location, err := url.Parse(host + e.URL)
		if err != nil || !answered(e) || e.Status >= 300 {
			continue
		}
		if route, _, err := c.stands.router.FindRoute(&http.Request{Method: e.Method, URL: location}); err == nil {
			id := route.Operation.OperationID
			uses[id] = use{answered: true, called: uses[id].called || fromProvider(e)}
		}
	}

	type count struct{ total, called, notNeeded int }
	counts := map[string]*count{"Organizations": {}, "project members": {}}
	eachOperation(c, func(method, path string, operation *openapi3.Operation) {
		name, group := method+" "+path, "Organizations"
		if slices.Contains(c.added, name) {
			group = "project members"
		} else if !slices.Contains(operation.Tags, group) {
			return
		}
		n, is := counts[group], uses[operation.OperationID]
		n.total++
		if !is.answered {
			t.Errorf("the simulator does not answer %s", name)
		}
		why := notNeeded[name]
		switch {
		case is.called && why != "":
			t.Errorf("the provider calls %s: take it out of notNeeded", name)
		case is.called:
			n.called++
		case why != "":
			n.notNeeded++
			t.Logf("not called by the provider: %s: %s", name, why)
		default:
			t.Errorf("the provider does not call %s", name)
		}
	})
	for _, group := range slices.Sorted(maps.Keys(counts)) {
		n := counts[group]
		t.Logf("%s: the provider calls %d of %d operations, and %d are not needed", group, n.called, n.total, n.notNeeded)
	}
	if counts["Organizations"].total != 20 || counts["project members"].total != 3 {
		t.Errorf("Neon has %+v and %+v operations, once 20 and 3", *counts["Organizations"], *counts["project members"])
	}
}

// eachOperation goes through the file in order.
func eachOperation(c *contract, f func(method, path string, operation *openapi3.Operation)) {
	for _, path := range slices.Sorted(maps.Keys(c.stands.doc.Paths.Map())) {
		operations := c.stands.doc.Paths.Value(path).Operations()
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if operation := operations[method]; operation != nil {
				f(method, path, operation)
			}
		}
	}
}

// TestWhatIsNotSimulated calls every operation of the file: one that the simulator does not serve is refused in a way
// that nobody takes for Neon's.
func TestWhatIsNotSimulated(t *testing.T) {
	c := readContract(t)
	sim := neontest.New(neontest.Config{NotRecorded: true})
	served := 0
	eachOperation(c, func(method, path string, _ *openapi3.Operation) {
		location := "/api/v2" + path
		for name, value := range map[string]string{
			"{org_id}": sim.OrgID(), "{source_org_id}": sim.OrgID(), "{project_id}": sim.Projects()[0].ID, "{member_id}": sim.Members()[0].ID, "{key_id}": "1",
		} {
			location = strings.ReplaceAll(location, name, value)
		}
		request := httptest.NewRequest(method, strings.NewReplacer("{", "", "}", "").Replace(location), nil)
		request.Header.Set("Authorization", "Bearer "+sim.PersonalKey())
		answer := httptest.NewRecorder()
		sim.ServeHTTP(answer, request)
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		message, _ := object(string(body))["message"].(string)
		switch {
		case answer.Code == http.StatusNotImplemented && strings.HasPrefix(message, "not simulated: "+method+" "):
		case answer.Code == http.StatusNotImplemented, answer.Code == http.StatusMethodNotAllowed, answer.Code == http.StatusNotFound && message == "not found":
			t.Errorf("%s %s: %d %s", method, path, answer.Code, message)
		default:
			served++
		}
	})
	t.Logf("the simulator serves %d operations", served)
	if served < 31 {
		t.Errorf("the simulator serves %d operations, once 31", served)
	}
}
