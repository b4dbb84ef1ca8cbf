package provider_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
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

// tampering puts hostile text into one field of every answer.
type tampering struct {
	mu    sync.Mutex
	field string          // "" for none, "*" for the message of every answer, which is then a refusal
	seen  map[string]bool // the fields that have a text
}

func (h *tampering) set(field string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.field = field
}

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
		if h.field == "*" {
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
		if field == h.field {
			return value + hostileText
		}
	case nil:
		if h.seen[field] && field == h.field {
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

// Whatever text a server puts into whichever field of its answers: nothing that Terraform prints of it moves a cursor,
// hides, begins a line or is a command to a CI runner.
func TestHostileText(t *testing.T) {
	t.Parallel()
	if _, err := servedSchema(); err != nil {
		t.Fatal(err)
	}
	var fields []string
	synctest.Test(t, func(t *testing.T) {
		tampers := &tampering{seen: map[string]bool{}}
		everythingThatPrints(t, tampers)
		fields = slices.Sorted(maps.Keys(tampers.seen))
	})
	if len(fields) < 20 {
		t.Fatalf("only the fields %q were met", fields)
	}
	for _, field := range append(fields, "*") {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tampers := &tampering{field: field, seen: map[string]bool{}}
				for _, name := range fields {
					tampers.seen[name] = true
				}
				everythingThatPrints(t, tampers)
			})
		})
	}
}

func everythingThatPrints(t *testing.T, tampers *tampering) {
	t.Helper()
	field := tampers.field
	tampers.set("")
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
	tampers.set(field)

	for _, one := range all {
		for _, more := range []object{nil, {"org_id": nil}, {"key_type": "organization"}, {"read_only": true}} {
			p := process(more)
			read, diags := p.read(one.typ, one.state)
			diags.fitToPrint(t, "reading "+one.typ)
			valuesFitToPrint(t, "reading "+one.typ, read.value)
			for name, planned := range map[string]plan{
				"keeping": p.plan(one.typ, &one.state, one.config), "destroying": p.plan(one.typ, &one.state, nil), "creating": p.plan(one.typ, nil, one.config),
			} {
				planned.fitToPrint(t, name+" "+one.typ)
				valuesFitToPrint(t, name+" "+one.typ, planned.planned.value)
			}
		}
		p := process(nil)
		state, diags := p.apply(p.plan(one.typ, nil, one.config))
		diags.fitToPrint(t, "creating "+one.typ)
		valuesFitToPrint(t, "creating "+one.typ, state.value)
		_, diags = p.apply(p.plan(one.typ, &one.state, nil))
		diags.fitToPrint(t, "destroying "+one.typ)
		for _, id := range []string{"1", "dev@example.com", sim.OrgID(), "org-other/x", region + "/" + vpce1, website + "/audit@example.com"} {
			_, diags := p.importState(one.typ, id)
			diags.fitToPrint(t, "importing "+one.typ)
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
		diags.fitToPrint(t, typ)
		valuesFitToPrint(t, typ, value)
	}
	for typ := range p.schema.ListResourceSchemas {
		config := object{}
		if typ == grantType {
			config["project_id"] = website
		}
		results, diags := p.list(typ, config, 0, true)
		diags.fitToPrint(t, "listing "+typ)
		for _, result := range results {
			fitToPrint(t, "title of "+typ, result.title, false)
			valuesFitToPrint(t, "listing "+typ, result.resource)
		}
	}
	ephemeral := p.open(object{"name": "run"})
	ephemeral.fitToPrint(t, "opening")
	if ephemeral.private != nil {
		p.closeKey(ephemeral).fitToPrint(t, "closing")
	}
	moved, diags := p.move(byName(sim, sim.APIKeys()[0], 4711), keyType)
	diags.fitToPrint(t, "moving")
	_, diags = p.read(keyType, moved)
	diags.fitToPrint(t, "after moving")
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
