package provider_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// listedBy reads a data source, and returns an attribute of each element of its list, in order.
func listedBy(p *process, typ string, config object, list, attribute string) []string {
	p.t.Helper()
	valueType := p.schema.DataSourceSchemas[typ].ValueType()
	resp, err := p.server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: typ, Config: p.dynamic(valueType, p.value(valueType, config)),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	messages(resp.Diagnostics).none(p.t)
	value, err := resp.State.Unmarshal(valueType)
	if err != nil {
		p.t.Fatal(err)
	}
	var data map[string]tftypes.Value
	var elements []tftypes.Value
	if err := value.As(&data); err != nil {
		p.t.Fatal(err)
	}
	if err := data[list].As(&elements); err != nil {
		p.t.Fatal(err)
	}
	texts := []string{}
	for _, element := range elements {
		var attributes map[string]tftypes.Value
		var text string
		if err := element.As(&attributes); err != nil {
			p.t.Fatal(err)
		}
		if err := attributes[attribute].As(&text); err != nil {
			p.t.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// The data sources of people have the filters of the list resources, and the same order.
func TestDataSourcesOfPeopleFilter(t *testing.T) {
	t.Parallel()
	p := admin(t, crowded(t), nil)
	const members, invitations = "neon_organization_members", "neon_organization_invitations"
	for _, test := range []struct {
		typ    string
		filter object
		want   []string
	}{
		{members, object{}, []string{
			"audit@example.com", "data@example.com", "dev@example.com", "joined@example.com", "lead@example.com", "ops@example.com",
		}},
		{members, object{"status": "deactivated"}, []string{"audit@example.com"}},
		{members, object{"status": "active", "role": "editor"}, []string{"data@example.com", "dev@example.com"}},
		{members, object{"status": "deactivated", "role": "editor"}, nil},
		{invitations, object{}, []string{"joined@example.com", "new@example.com", "old@example.com", "old@example.com"}},
		{invitations, object{"role": "editor"}, []string{"old@example.com", "old@example.com"}},
		{invitations, object{"role": "viewer"}, []string{"new@example.com"}},
		{invitations, object{"role": "collaborator", "status": "accepted"}, []string{"joined@example.com"}},
		{invitations, object{"role": "collaborator", "status": "pending"}, nil},
	} {
		list := map[string]string{members: "members", invitations: "invitations"}[test.typ]
		got := listedBy(p, test.typ, test.filter, list, "email")
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %v: %q, want %q", test.typ, test.filter, got, test.want)
		}
	}
}

// Of several invitations for one address, the older one comes first, in whatever order Neon lists them.
func TestInvitationsAreSortedByTime(t *testing.T) {
	t.Parallel()
	sim := simulate(t)
	roles := []string{"editor", "viewer", "member", "collaborator"}
	for i, role := range roles {
		sim.SetConfig(func(c *neontest.Config) { c.ClockOffset = -time.Duration(i+1) * time.Hour })
		sim.AddInvitation("new@example.com", role)
	}
	sim.SetConfig(func(c *neontest.Config) { c.ClockOffset = 0 })
	got := listedBy(admin(t, sim, nil), "neon_organization_invitations", object{}, "invitations", "role")
	slices.Reverse(roles)
	if !slices.Equal(got, roles) {
		t.Errorf("roles: %q, want %q", got, roles)
	}
}
