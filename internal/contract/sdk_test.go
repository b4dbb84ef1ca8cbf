//go:build contract

package contract_test

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// sdkProgram calls Neon's SDKs for these tests.
//
//go:embed sdk.mjs
var sdkProgram string

// installed is where "make contract" puts Neon's packages.
const installed = "../../.cache/contract"

// The clients of sdkProgram that have the calls of the API one by one, under the same names.
const (
	apiClient = "api-client" // @neondatabase/api-client
	raw       = "raw"        // @neon/sdk, the generated functions
)

var clients = []string{apiClient, raw}

type params = map[string]any

// call is a call of Neon's API under the name that both SDKs have for it.
type call struct {
	name  string
	path  params // org_id is the simulator's own if it is left out
	query params
	body  any
}

// pathParameters are those of each call, in the order in which @neondatabase/api-client takes them.
var pathParameters = map[string][]string{
	"getAuthDetails": {}, "getCurrentUserInfo": {}, "getCurrentUserOrganizations": {},
	"listApiKeys": {}, "createApiKey": {}, "revokeApiKey": {"key_id"},
	"getOrganization": {"org_id"}, "listOrgApiKeys": {"org_id"}, "createOrgApiKey": {"org_id"}, "revokeOrgApiKey": {"org_id", "key_id"},
	"getOrganizationMembers": {"org_id"}, "getOrganizationMember": {"org_id", "member_id"},
	"updateOrganizationMember": {"org_id", "member_id"}, "removeOrganizationMember": {"org_id", "member_id"},
	"getOrganizationInvitations": {"org_id"}, "createOrganizationInvitations": {"org_id"},
	"getOrganizationSpendingLimit": {"org_id"}, "setOrganizationSpendingLimit": {"org_id"}, "deleteOrganizationSpendingLimit": {"org_id"},
	"listOrganizationVpcEndpointsAllRegions": {"org_id"}, "listOrganizationVpcEndpoints": {"org_id", "region_id"},
	"getOrganizationVpcEndpointDetails": {"org_id", "region_id", "vpc_endpoint_id"},
	"assignOrganizationVpcEndpoint":     {"org_id", "region_id", "vpc_endpoint_id"},
	"deleteOrganizationVpcEndpoint":     {"org_id", "region_id", "vpc_endpoint_id"},
	"transferProjectsFromOrgToOrg":      {"source_org_id"},
	"getActiveRegions":                  {}, "listProjects": {}, "listSharedProjects": {}, "getProject": {"project_id"},
	"listProjectMembers": {"project_id"}, "setProjectMemberRole": {"project_id", "member_id"}, "removeProjectMemberRole": {"project_id", "member_id"},
}

// withQuery are the calls for which @neondatabase/api-client takes one object with everything.
var withQuery = []string{"getOrganizationMembers", "listProjects", "listSharedProjects", "getActiveRegions"}

// isIn says whether a client has a call: the roles in projects are newer than @neondatabase/api-client.
func (c call) isIn(client string) bool {
	return client == raw || !strings.Contains(c.name, "ProjectMember")
}

// arguments are what a client takes for a call.
func (c call) arguments(t *testing.T, sim *neontest.Server, client string) []any {
	t.Helper()
	names, known := pathParameters[c.name]
	if !known {
		t.Fatalf("there is no call %q", c.name)
	}
	path := params{}
	for _, name := range names {
		path[name] = c.path[name]
		if path[name] == nil && (name == "org_id" || name == "source_org_id") {
			path[name] = sim.OrgID()
		}
	}
	if client == raw {
		all := params{"path": path, "query": c.query}
		if c.body != nil {
			all["body"] = c.body
		}
		return []any{all}
	}
	if slices.Contains(withQuery, c.name) {
		all := maps.Clone(c.query)
		if all == nil {
			all = params{}
		}
		if path["org_id"] != nil {
			all["orgId"] = path["org_id"]
		}
		return []any{all}
	}
	arguments := []any{}
	for _, name := range names {
		arguments = append(arguments, path[name])
	}
	if c.body != nil {
		arguments = append(arguments, c.body)
	}
	return arguments
}

// sdks is a process that calls Neon's SDKs, one call after the other.
type sdks struct {
	mu     sync.Mutex
	input  io.Writer
	output *bufio.Reader
}

// sharedSDKs is one for all tests, for Node.js takes a while to start. It ends with its standard input.
var sharedSDKs = sync.OnceValues(func() (*sdks, error) {
	return startSDKs(exec.Command("node", "--input-type=module", "--eval", sdkProgram))
})

// someSDKs is the one for all tests.
func someSDKs(t *testing.T) *sdks {
	t.Helper()
	s, err := sharedSDKs()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ownSDKs is one that nobody else has to wait for, until the test ends.
func ownSDKs(t *testing.T) *sdks {
	t.Helper()
	s, err := startSDKs(exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", sdkProgram))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func startSDKs(cmd *exec.Cmd) (*sdks, error) {
	cmd.Dir = installed // where the packages are found from
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &sdks{input: input, output: bufio.NewReader(output)}, cmd.Start()
}

// outcome is what became of a call.
type outcome struct {
	Status     int
	Data       json.RawMessage
	RequestID  string
	RetryAfter string
	Body       params // of an error
	Error      *sdkError
	Thrown     string // what is no answer at all
}

// sdkError is the error object that a program gets.
type sdkError struct{ Name, Kind, Code, Message, RequestID string }

func (o outcome) String() string {
	text, _ := json.Marshal(o)
	return string(text)
}

// send makes the process call something.
func (s *sdks) send(t *testing.T, request params) (o outcome) {
	t.Helper()
	line, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.input.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	answer, err := s.output.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(answer, &o)
	}
	if err != nil || o.Thrown != "" {
		t.Fatalf("%s: %v %s", line, err, o.Thrown)
	}
	return o
}

// call makes one call with a client and a key.
func (s *sdks) call(t *testing.T, sim *neontest.Server, client, key string, c call) outcome {
	t.Helper()
	return s.send(t, params{"client": client, "baseURL": sim.URL(), "key": key, "call": c.name, "args": c.arguments(t, sim, client)})
}

// works wants an answer with status 200; the newer SDK's own methods do not tell the status.
func (o outcome) works(t *testing.T) {
	t.Helper()
	if o.Error != nil || o.Status != http.StatusOK && o.Status != 0 {
		t.Fatalf("answered %s", o)
	}
}

// is wants an answer that is exactly this, field for field.
func (o outcome) is(t *testing.T, want any) {
	t.Helper()
	o.works(t)
	same(t, o.Data, want)
}

func same(t *testing.T, got json.RawMessage, want any) {
	t.Helper()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("%s: %s", err, got)
	}
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("answered\n%s\nwant\n%s", got, text)
	}
}

// into decodes an answer.
func (o outcome) into(t *testing.T, value any) {
	t.Helper()
	o.works(t)
	if err := json.Unmarshal(o.Data, value); err != nil {
		t.Fatalf("%s: %s", err, o.Data)
	}
}

// empty wants an answer without a body.
func (o outcome) empty(t *testing.T) {
	t.Helper()
	if o.Error != nil || o.Status != http.StatusOK || len(o.Data) > 0 && string(o.Data) != `""` && string(o.Data) != `{}` {
		t.Errorf("answered %s, want 200 and nothing", o)
	}
}

// refused wants a refusal with this status and in these words, as an error object of the client's own kind, and with
// the id of the request that the simulator has logged.
func (o outcome) refused(t *testing.T, c caller, status int, message string) {
	t.Helper()
	if o.Error == nil {
		t.Errorf("not refused: %s", o)
		return
	}
	requests := c.sim.Requests()
	id := requests[len(requests)-1].RequestID
	want := outcome{Status: status, RequestID: id, Body: params{"request_id": id, "code": "", "message": message}, RetryAfter: o.RetryAfter}
	want.Error = &sdkError{Name: "NeonApiError", Kind: "api", Message: message, RequestID: id}
	switch {
	case c.client == apiClient:
		want.Error = &sdkError{Name: "AxiosError", Code: "ERR_BAD_REQUEST", Message: fmt.Sprintf("Request failed with status code %d", status)}
	case status == http.StatusNotFound:
		want.Error.Name, want.Error.Kind = "NeonNotFoundError", "not_found"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		want.Error.Name, want.Error.Kind = "NeonAuthError", "auth"
	case status == http.StatusTooManyRequests:
		want.Error.Name, want.Error.Kind = "NeonRateLimitError", "rate_limit"
	}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("refused with\n%s\nwant\n%s", o, want)
	}
}

// sameBody wants this body of an error.
func sameBody(t *testing.T, o outcome, want params) {
	t.Helper()
	body, err := json.Marshal(o.Body)
	if err != nil {
		t.Fatal(err)
	}
	same(t, body, want)
}

func itoa(id int64) string { return strconv.FormatInt(id, 10) }
