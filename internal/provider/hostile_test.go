package provider_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// hostileText is what nobody wants to see in a terminal or in the log of a CI job.
const hostileText = "x\n::stop-commands::y\r\n  ::error::z\x1b[8m\x1b]0;t\x07 ##[set-output name=a]b ##vso[task]c \u202ed\u200be\u2028::f::g\u0085::h::i\ufeff```\n# j a::k::l"

// everyAnswer is no field: every answer is a refusal with a hostile message.
const everyAnswer = "*"

// tampering puts hostile text into some fields of every answer.
type tampering struct {
	mu     sync.Mutex
	begun  bool
	fields []string
	seen   map[string]bool // the fields that have a text
}

func (h *tampering) begin(begun bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begun = begun
}

func (h *tampering) hits(field string) bool { return h.begun && slices.Contains(h.fields, field) }

func (h *tampering) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		h.mu.Lock()
		defer h.mu.Unlock()
		var answer any
		body, status := recorder.Body.Bytes(), recorder.Code
		if json.Unmarshal(body, &answer) == nil {
			body, _ = json.Marshal(h.tamper("", answer))
		}
		if h.hits(everyAnswer) {
			body, _ = json.Marshal(map[string]string{"code": hostileText, "message": hostileText, "request_id": hostileText})
			status = http.StatusUnprocessableEntity
		}
		maps.Copy(w.Header(), recorder.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

func (h *tampering) tamper(field string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, part := range value {
			value[name] = h.tamper(name, part)
		}
	case []any:
		for i, part := range value {
			value[i] = h.tamper(field, part)
		}
	case string:
		h.seen[field] = true
		if h.hits(field) {
			return value + hostileText
		}
	case nil:
		if h.seen[field] && h.hits(field) {
			return hostileText
		}
	}
	return value
}

var commandWord = regexp.MustCompile(`(^|\s)::\S*::`)

// fitToPrint fails the test for text that a terminal or a CI runner executes. Terraform itself escapes what is in a
// value of one line, and prints one of several lines as it is.
func fitToPrint(t *testing.T, where, text string, isValue bool) {
	t.Helper()
	bad := strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && (isValue || r != '\n') })
	if !isValue {
		bad = bad || strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }) || strings.Contains(text, "::stop") || strings.Contains(text, "::error")
	}
	if bad || strings.Contains(text, "##[") || strings.Contains(text, "##vso[") || strings.Contains(text, "```") || commandWord.MatchString(text) {
		t.Errorf("%s: %+q", where, text)
	}
}

func (m messages) fitToPrint(t *testing.T, where string) {
	t.Helper()
	for _, d := range m {
		fitToPrint(t, where+", summary", d.Summary, false)
		fitToPrint(t, where+", detail", d.Detail, false)
		if strings.Contains(d.Detail, "\n# j") || strings.Contains(d.Detail, "x\n") {
			t.Errorf("%s: a line break of the server's in %q", where, d.Detail)
		}
	}
}

func valuesFitToPrint(t *testing.T, where string, value tftypes.Value) {
	t.Helper()
	_ = tftypes.Walk(value, func(path *tftypes.AttributePath, v tftypes.Value) (bool, error) {
		var text string
		if v.IsKnown() && !v.IsNull() && v.Type().Is(tftypes.String) && v.As(&text) == nil {
			fitToPrint(t, where+" "+path.String(), text, true)
		}
		return true, nil
	})
}

// identifying are the fields that decide what the provider does: with hostile text in them it refuses some of what it does
// otherwise, or finds something else, and then prints less of what other fields have. So each has a run of its own.
var identifying = []string{
	"auth_method", "cursor", "email", "id", "key", "label", "member_id", "name", "org_id", "project_id", "region_id", "role", "vpc_endpoint_id",
}

// Whatever text a server puts into whichever field of its answers: nothing that Terraform prints of it moves a cursor,
// hides, begins a line or is a command to a CI runner. The fields that decide nothing have hostile text all at once, and
// each in its turn with FAULTS=all.
func TestHostileText(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, seen map[string]bool, fields ...string) (errors int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			errors = everythingThatPrints(t, &tampering{seen: seen, fields: fields})
		})
		return errors
	}
	seen := map[string]bool{}
	usual := run(t, seen)
	if len(seen) < 20 {
		t.Fatalf("only the fields %q were met", slices.Sorted(maps.Keys(seen)))
	}
	alone, together := []string{everyAnswer}, []string{}
	for _, field := range slices.Sorted(maps.Keys(seen)) {
		if slices.Contains(identifying, field) || os.Getenv("FAULTS") == "all" {
			alone = append(alone, field)
		}
		if !slices.Contains(identifying, field) {
			together = append(together, field)
		}
	}
	for _, field := range alone {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			run(t, maps.Clone(seen), field)
		})
	}
	t.Run("together", func(t *testing.T) {
		t.Parallel()
		if errors := run(t, maps.Clone(seen), together...); errors != usual {
			t.Errorf("%d errors instead of %d: one of %q decides something, and belongs to those that have a run of their own", errors, usual, together)
		}
	})
}

// everythingThatPrints does everything once in which Terraform prints something, looks at that, and returns how many errors
// there were.
func everythingThatPrints(t *testing.T, tampers *tampering) (errors int) {
	t.Helper()
	fit := func(where string, diags messages) {
		t.Helper()
		diags.fitToPrint(t, where)
		errors += len(diags.errors())
	}
	sim, baseURL := simulateInMemory(t, neontest.Config{Wrap: tampers.wrap})
	config := object{"api_key": sim.PersonalKey(), "base_url": baseURL, "org_id": sim.OrgID()}
	process := func(more object) *process {
		all := maps.Clone(config)
		maps.Copy(all, more)
		return start(t, all)
	}
	configs := map[string][]object{
		keyType:        {{"name": "ci"}},
		rotatingType:   {{"name": "rotating", "rotate_after": "60d"}},
		memberType:     {{"email": "dev@example.com", "role": "editor"}, {"email": "new@example.com", "role": "viewer"}},
		invitationType: {{"email": "other@example.com", "role": "viewer"}},
		grantType:      {grant("audit@example.com", "admin").attributes},
		endpointType:   {endpoint(vpce1, deletes).attributes},
		limitType:      {limit(5000, removes).attributes},
		listType:       {{"members": but(seeded(), "other@example.com=viewer", "new@example.com=viewer")}},
	}
	type made struct {
		typ    string
		config object
		state  state
	}
	var all []made
	sim.AddInvitation("other@example.com", "viewer")
	for _, typ := range slices.Sorted(maps.Keys(configs)) {
		for _, config := range configs[typ] {
			p := process(nil)
			state, diags := p.apply(p.plan(typ, nil, config))
			if typ == listType { // it is not created over what is there, but imported
				state, diags = p.importState(typ, sim.OrgID())
			}
			diags.noErrors(t)
			all = append(all, made{typ, config, state})
		}
	}
	for _, key := range sim.APIKeys() {
		sim.UseAPIKey(key.ID, time.Now().Add(-time.Hour), "192.0.2.1")
	}
	restrict(sim, vpce1, "shiny-wind-12345678")
	tampers.begin(true)
	defer tampers.begin(false)

	for _, one := range all {
		for _, more := range []object{nil, {"org_id": nil}, {"key_type": "organization"}, {"read_only": true}} {
			p := process(more)
			read, diags := p.read(one.typ, one.state)
			fit("reading "+one.typ, diags)
			valuesFitToPrint(t, "reading "+one.typ, read.value)
			for name, planned := range map[string]plan{
				"keeping": p.plan(one.typ, &one.state, one.config), "destroying": p.plan(one.typ, &one.state, nil), "creating": p.plan(one.typ, nil, one.config),
			} {
				fit(name+" "+one.typ, planned.messages)
				valuesFitToPrint(t, name+" "+one.typ, planned.planned.value)
			}
		}
		p := process(nil)
		state, diags := p.apply(p.plan(one.typ, nil, one.config))
		fit("creating "+one.typ, diags)
		valuesFitToPrint(t, "creating "+one.typ, state.value)
		_, diags = p.apply(p.plan(one.typ, &one.state, nil))
		fit("destroying "+one.typ, diags)
		for _, id := range []string{"1", "dev@example.com", sim.OrgID(), "org-other/x", region + "/" + vpce1, website + "/audit@example.com"} {
			_, diags := p.importState(one.typ, id)
			fit("importing "+one.typ, diags)
		}
	}
	p := process(nil)
	for typ := range p.schema.DataSourceSchemas {
		config := object{}
		if typ == "neon_organization_member" {
			config["email"] = "dev@example.com"
		}
		if typ == "neon_project_members" {
			config["project_id"] = website
		}
		if typ == "neon_organization_vpc_endpoints" {
			config["include_details"] = true
		}
		value, diags := p.dataValue(typ, config)
		fit(typ, diags)
		valuesFitToPrint(t, typ, value)
	}
	for typ := range p.schema.ListResourceSchemas {
		config := object{}
		if typ == grantType {
			config["project_id"] = website
		}
		results, diags := p.list(typ, config, 0, true)
		fit("listing "+typ, diags)
		for _, result := range results {
			fitToPrint(t, "title of "+typ, result.title, false)
			valuesFitToPrint(t, "listing "+typ, result.resource)
		}
	}
	ephemeral := p.open(object{"name": "run"})
	fit("opening", ephemeral.messages)
	if ephemeral.private != nil {
		fit("closing", p.closeKey(ephemeral))
	}
	moved, diags := p.move(byName(sim, sim.APIKeys()[0], 4711), keyType)
	fit("moving", diags)
	_, diags = p.read(keyType, moved)
	fit("after moving", diags)
	return errors
}

// dataValue reads a data source and returns what Terraform gets of it.
func (p *process) dataValue(typ string, config object) (tftypes.Value, messages) {
	p.t.Helper()
	valueType := p.schema.DataSourceSchemas[typ].ValueType()
	resp, err := p.server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: typ, Config: p.dynamic(valueType, p.value(valueType, config))})
	if err != nil {
		p.t.Fatal(err)
	}
	value := tftypes.NewValue(valueType, nil)
	if resp.State != nil {
		if value, err = resp.State.Unmarshal(valueType); err != nil {
			p.t.Fatal(err)
		}
	}
	return value, resp.Diagnostics
}
