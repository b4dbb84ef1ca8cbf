package neon

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// MaxTransferred is how many projects one transfer may name (Neon's OpenAPI file).
const MaxTransferred = 400

// TransferError is Neon's refusal to transfer projects. It does not show whether all of them stayed.
type TransferError struct {
	// Limits of the destination that would be exceeded.
	Limits []ExceededLimit
	// Integrations that keep projects where they are.
	Integrations []ProjectIntegration
}

// ExceededLimit is a limit of an organization.
type ExceededLimit struct {
	// Name is Neon's name of the limit, as in projects_count.
	Name string
	// Expected is the limit of the plan, and Actual the number after the transfer.
	Expected, Actual string
}

// ProjectIntegration is an integration that is connected to a project.
type ProjectIntegration struct {
	// ProjectID is the project's id.
	ProjectID string
	// Integration is its name, as in github.
	Integration string
}

// Error returns one line with all limits and integrations.
func (r *TransferError) Error() string {
	var reasons []string
	for _, limit := range r.Limits {
		reasons = append(reasons, fmt.Sprintf("the limit %s is %s, and it would be %s", limit.Name, limit.Expected, limit.Actual))
	}
	for _, project := range r.Integrations {
		reasons = append(reasons, fmt.Sprintf("project %s has the integration %s", project.ProjectID, project.Integration))
	}
	return strings.Join(reasons, "; ")
}

// TransferError returns the details of a refused transfer, or nil.
func (e *Error) TransferError() *TransferError {
	refusal, _ := errors.AsType[*TransferError](e.Err)
	return refusal
}

// transferError reads the body of a refused transfer, which has neither a message nor a code; nil if it is none.
func transferError(from *answer) *TransferError {
	var body struct {
		Limits []struct {
			Name     plainText `json:"name"`
			Expected looseID   `json:"expected"`
			Actual   looseID   `json:"actual"`
		} `json:"limits"`
		Projects []struct {
			ID          looseID   `json:"id"`
			Integration plainText `json:"integration"`
		} `json:"projects"`
	}
	isJSON := json.Unmarshal(from.body, &body) == nil
	refusal := &TransferError{}
	switch {
	case !isJSON:
	case from.status == http.StatusNotAcceptable:
		for _, limit := range body.Limits {
			refusal.Limits = append(refusal.Limits, ExceededLimit{
				cmp.Or(string(limit.Name), "without a name"), Plain(string(limit.Expected)), Plain(string(limit.Actual)),
			})
		}
	case from.status == http.StatusUnprocessableEntity:
		for _, project := range body.Projects {
			refusal.Integrations = append(refusal.Integrations, ProjectIntegration{Plain(string(project.ID)), string(project.Integration)})
		}
	}
	if len(refusal.Limits)+len(refusal.Integrations) == 0 {
		return nil
	}
	return refusal
}

// TransferProjects transfers projects to another organization, in one request. A transfer may be partial,
// so the lists show afterwards where the projects are.
func (o *Organization) TransferProjects(ctx context.Context, destination string, ids []string) (Whereabouts, error) {
	missing := ids
	err := o.client.write(ctx,
		func(ctx context.Context) error {
			in := struct {
				Destination string   `json:"destination_org_id"`
				ProjectIDs  []string `json:"project_ids"`
			}{destination, missing}
			var answer map[string]json.RawMessage // {}
			path := pathTo("organizations", o.ID, "projects", "transfer")
			return o.client.change(ctx, http.MethodPost, path, in, &answer, func() bool { return answer != nil })
		},
		func(ctx context.Context) (bool, error) {
			moved, err := o.client.projectIDs(ctx, destination)
			if err == nil {
				missing = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return moved[id] })
			}
			return len(missing) == 0, err
		})
	look, cancel := outlive(ctx)
	defer cancel()
	return o.WhereProjects(look, destination, ids), err
}

// Whereabouts are the locations of projects.
type Whereabouts struct {
	// There are in the destination, Here still in the organization, and Unknown in neither list.
	There, Here, Unknown []string
	// Err is why the locations are unknown.
	Err error
}

// WhereProjects finds projects in the lists of the organization and of the destination.
func (o *Organization) WhereProjects(ctx context.Context, destination string, ids []string) Whereabouts {
	there, err := o.client.projectIDs(ctx, destination)
	if err != nil {
		return Whereabouts{Unknown: ids, Err: err}
	}
	here, err := o.client.projectIDs(ctx, o.ID)
	if err != nil {
		return Whereabouts{Unknown: ids, Err: err}
	}
	var where Whereabouts
	for _, id := range ids {
		switch {
		case there[id]:
			where.There = append(where.There, id)
		case here[id]:
			where.Here = append(where.Here, id)
		default:
			where.Unknown = append(where.Unknown, id)
		}
	}
	return where
}
