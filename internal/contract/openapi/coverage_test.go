//go:build contract

package openapi_test

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

var update = flag.Bool("update", false, "write the page rather than compare it")

const (
	page  = "../COVERAGE.md"
	begin = "<!-- Written by a test: make contract UPDATE=1 -->\n"
	end   = "<!-- End of what is written by a test -->\n"
)

// TestCoverage says which of Neon's operations for organizations the simulator serves and the provider calls.
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

	var notServed, notCalled []string
	total := 0
	var table strings.Builder
	eachOperation(c, func(method, path string, operation *openapi3.Operation) {
		if !slices.Contains(operation.Tags, "Organizations") {
			return
		}
		total++
		line := fmt.Sprintf("`%s %s`", method, path)
		served, called := "no", "no"
		if uses[operation.OperationID].answered {
			served = "yes"
		} else {
			notServed = append(notServed, line)
		}
		if uses[operation.OperationID].called {
			called = "yes"
		} else {
			notCalled = append(notCalled, line)
		}
		fmt.Fprintf(&table, "%-3s  %-3s  %s %s\n", served, called, method, path)
	})
	t.Logf("Neon's operations for organizations: answered by the simulator, called by the provider\n%s", table.String())

	var text strings.Builder
	fmt.Fprintf(&text, "Of the %d operations that Neon's OpenAPI file has for organizations, the simulator answers %d and the provider calls %d.\n", total, total-len(notServed), total-len(notCalled))
	for _, missing := range []struct {
		says string
		list []string
	}{{"Not in the simulator", notServed}, {"Not called by the provider", notCalled}} {
		if len(missing.list) > 0 {
			fmt.Fprintf(&text, "%s:\n\n- %s\n", missing.says, strings.Join(missing.list, "\n- "))
		}
	}
	comparePage(t, text.String())
}

// comparePage wants this text between the markers in COVERAGE.md.
func comparePage(t *testing.T, text string) {
	t.Helper()
	stored, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(stored), begin)
	stands, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("COVERAGE.md lacks the markers %q and %q", begin, end)
	}
	switch {
	case stands == text:
	case *update:
		if err := os.WriteFile(page, []byte(before+begin+text+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("COVERAGE.md says\n%s\nand it should say (make contract UPDATE=1)\n%s", stands, text)
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
