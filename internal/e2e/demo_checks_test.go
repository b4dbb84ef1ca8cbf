//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// An announcement is something announced, and whether it is so.
type announcement struct {
	announced string
	problem   string // empty: it is as announced
}

// check shows the facts and fails at the first that is none.
func (d *demo) check(facts ...announcement) error {
	d.printf("\n")
	for _, f := range facts {
		if f.problem != "" {
			return fmt.Errorf("announced: %s; but %s", f.announced, f.problem)
		}
		d.printf("  ✓ %s\n", f.announced)
	}
	return nil
}

func prints(said, sentence string) announcement {
	f := announcement{announced: "Terraform says: " + sentence}
	if !strings.Contains(said, sentence) {
		f.problem = "it does not"
	}
	return f
}

func printsNone(said string, secrets []string) announcement {
	f := announcement{announced: "Terraform prints no token of a key"}
	if slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(said, secret) }) {
		f.problem = "it does"
	}
	return f
}

// nothingWritten says that Neon got no request but reading ones since the requests were last forgotten.
func (d *demo) nothingWritten() announcement {
	f := announcement{announced: "Neon was only read"}
	for _, request := range d.sim.Requests() {
		if request.Method != http.MethodGet {
			f.problem = "there was a " + request.Method + " " + request.Path
		}
	}
	return f
}

// invited says who has an open invitation, and that nobody has two.
func (d *demo) invited(emails ...string) announcement {
	slices.Sort(emails)
	f := announcement{announced: "invited at Neon: " + listed(emails)}
	var open []string
	for _, invitation := range d.org.Invitations() {
		open = append(open, invitation.Email)
	}
	if slices.Sort(open); !slices.Equal(open, emails) {
		f.problem = "invited are: " + listed(open)
	}
	return f
}

// keys says how many live keys there are, and that each of these names is the name of one.
func (d *demo) keys(number int, names ...string) announcement {
	f := announcement{announced: fmt.Sprintf("live API keys at Neon: %d", number)}
	if len(names) > 0 {
		f.announced += ", among them one " + strings.Join(names, " and one ")
	}
	var live []string
	for _, key := range d.org.APIKeys() {
		live = append(live, key.Name)
	}
	for _, name := range names {
		if _, err := d.key(name); err != nil {
			f.problem = err.Error()
		}
	}
	if len(live) != number {
		f.problem = "live are: " + listed(live)
	}
	return f
}

func (d *demo) key(name string) (neontest.APIKey, error) {
	var found []neontest.APIKey
	for _, key := range d.org.APIKeys() {
		if key.Name == name {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		return neontest.APIKey{}, fmt.Errorf("%d live keys have the name %s", len(found), name)
	}
	return found[0], nil
}

// keyScope says which project a key is limited to; none is the whole organization.
func (d *demo) keyScope(name, project string) announcement {
	f := announcement{announced: fmt.Sprintf("%s is limited to the project %s", name, project)}
	if project == "" {
		f.announced = name + " is for the whole organization"
	}
	key, err := d.key(name)
	if err != nil {
		f.problem = err.Error()
	} else if d.projectName(key.ProjectID) != project {
		f.problem = fmt.Sprintf("its project is %q", d.projectName(key.ProjectID))
	}
	return f
}

func (d *demo) projectName(id string) string {
	for _, project := range d.org.Projects() {
		if project.ID == id {
			return project.Name
		}
	}
	return id
}

func (d *demo) role(email, role string) announcement {
	f := announcement{announced: fmt.Sprintf("%s is a member at Neon, as %s", email, role)}
	if member, found := d.org.Member(email); !found {
		f.problem = "they are no member"
	} else if member.Role != role {
		f.problem = "they are " + member.Role
	}
	return f
}

// members says who belongs to the organization.
func (d *demo) members(emails ...string) announcement {
	slices.Sort(emails)
	f := announcement{announced: "members at Neon: " + listed(emails)}
	var members []string
	for _, member := range d.org.Members() {
		members = append(members, member.Email)
	}
	if slices.Sort(members); !slices.Equal(members, emails) {
		f.problem = "members are: " + listed(members)
	}
	return f
}

// tokens are the secrets of all live keys.
func (d *demo) tokens() []string {
	tokens := []string{d.sim.PersonalKey()}
	for _, key := range d.org.APIKeys() {
		tokens = append(tokens, d.sim.TokenOf(key.ID))
	}
	return slices.DeleteFunc(tokens, func(token string) bool { return token == "" })
}

func listed(list []string) string {
	if len(list) == 0 {
		return "nobody"
	}
	return strings.Join(list, ", ")
}

func (d *demo) showOrganization() {
	table := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	for _, member := range d.org.Members() {
		fmt.Fprintf(table, "  member\t%s\t%s\n", member.Email, member.Role)
	}
	for _, invitation := range d.org.Invitations() {
		fmt.Fprintf(table, "  invitation\t%s\t%s\n", invitation.Email, invitation.Role)
	}
	for _, key := range d.org.APIKeys() {
		scope := "whole organization"
		if key.ProjectID != "" {
			scope = "project " + d.projectName(key.ProjectID)
		}
		fmt.Fprintf(table, "  API key\t%s\t%s\n", key.Name, scope)
	}
	_ = table.Flush()
}
