package provider

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

type rotatingKeyModel struct {
	OrgID                   types.String `tfsdk:"org_id"`
	Name                    types.String `tfsdk:"name"`
	ProjectID               types.String `tfsdk:"project_id"`
	RotateAfter             types.String `tfsdk:"rotate_after"`
	Overlap                 types.String `tfsdk:"overlap"`
	RotationTriggers        types.Map    `tfsdk:"rotation_triggers"`
	Key                     types.String `tfsdk:"key"`
	KeyID                   types.String `tfsdk:"key_id"`
	CreatedBy               types.String `tfsdk:"created_by_id"`
	RotatedAt               types.String `tfsdk:"rotated_at"`
	NextRotationAt          types.String `tfsdk:"next_rotation_at"`
	PreviousKeyID           types.String `tfsdk:"previous_key_id"`
	PreviousKeyRevocationAt types.String `tfsdk:"previous_key_revocation_at"`
	UnrevokedKeyIDs         types.Set    `tfsdk:"unrevoked_key_ids"`
}

func (m *rotatingKeyModel) title() string {
	return keyTitle(m.Name.ValueString(), m.KeyID.ValueString())
}

// identity is that of the current key.
func (m *rotatingKeyModel) identity() apiKeyIdentity {
	return apiKeyIdentity{OrgID: m.OrgID, ID: m.KeyID}
}

// set copies Neon's values for the current key.
func (m *rotatingKeyModel) set(key neon.APIKey) {
	m.KeyID = types.StringValue(key.ID)
	m.Name = types.StringValue(key.Name)
	m.ProjectID = stringOrNull(key.ProjectID)
	if m.CreatedBy.ValueString() == "" {
		m.CreatedBy = stringOrNull(key.CreatedBy.ID)
	}
	if m.RotatedAt.ValueString() == "" { // imported, or moved from another resource
		m.RotatedAt = timeValue(key.CreatedAt)
	}
}

// setCreated copies a new key, with the planned name and project.
func (m *rotatingKeyModel) setCreated(key neon.APIKey, now time.Time) {
	m.KeyID = types.StringValue(key.ID)
	m.Key = stringOrNull(string(key.Token))
	m.CreatedBy = stringOrNull(key.CreatedBy.ID)
	m.RotatedAt = timeValue(now)
	m.schedule()
}

// setComputedUnknown plans a key that is still to be created.
func (m *rotatingKeyModel) setComputedUnknown() {
	m.Key, m.KeyID, m.CreatedBy = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.RotatedAt, m.NextRotationAt = types.StringUnknown(), types.StringUnknown()
}

// setNew plans the first key of a resource: there is no previous one.
func (m *rotatingKeyModel) setNew() {
	m.setComputedUnknown()
	m.setPrevious("", time.Time{})
	m.setUnrevoked(nil)
}

// setRotation plans what is computed. Where there is nothing to do, that is what the state has.
func (m *rotatingKeyModel) setRotation(state rotatingKeyModel, next rotation) {
	m.Key, m.KeyID, m.CreatedBy, m.RotatedAt = state.Key, state.KeyID, state.CreatedBy, state.RotatedAt
	m.schedule()
	m.setPrevious(next.previous, next.until)
	m.setUnrevoked(nil)
	if next.rotates() || next.undecided {
		m.setComputedUnknown()
	}
	switch {
	case next.undecided || next.previousUndecided:
		m.PreviousKeyID, m.PreviousKeyRevocationAt = types.StringUnknown(), types.StringUnknown()
	case next.previous != "" && next.until.IsZero():
		m.PreviousKeyRevocationAt = types.StringUnknown()
	}
}

// schedule derives next_rotation_at.
func (m *rotatingKeyModel) schedule() {
	switch rotatedAt := parseTime(m.RotatedAt); {
	case m.RotatedAt.IsUnknown() || m.RotateAfter.IsUnknown():
		m.NextRotationAt = types.StringUnknown()
	case rotatedAt.IsZero():
		m.NextRotationAt = types.StringNull()
	default:
		m.NextRotationAt = timeValue(rotatedAt.Add(durationOf(m.RotateAfter)))
	}
}

// setPrevious sets the previous key that still works, and when its overlap ends.
func (m *rotatingKeyModel) setPrevious(id string, until time.Time) {
	m.PreviousKeyID, m.PreviousKeyRevocationAt = types.StringNull(), types.StringNull()
	if id != "" {
		m.PreviousKeyID, m.PreviousKeyRevocationAt = types.StringValue(id), timeValue(until)
	}
}

// unrevoked are the keys whose revocation has failed so far.
func (m *rotatingKeyModel) unrevoked() (ids []string) {
	for _, element := range m.UnrevokedKeyIDs.Elements() {
		if id, ok := element.(types.String); ok {
			ids = append(ids, id.ValueString())
		}
	}
	slices.Sort(ids)
	return ids
}

func (m *rotatingKeyModel) setUnrevoked(ids []string) {
	elements := make([]attr.Value, len(ids))
	for i, id := range ids {
		elements[i] = types.StringValue(id)
	}
	m.UnrevokedKeyIDs = types.SetValueMust(types.StringType, elements)
}

// keyIDs are all keys that the state knows, the current one last.
func (m *rotatingKeyModel) keyIDs() []string {
	ids := m.unrevoked()
	for _, id := range []types.String{m.PreviousKeyID, m.KeyID} {
		if id.ValueString() != "" {
			ids = append(ids, id.ValueString())
		}
	}
	return ids
}

// titleOf is one of the keys in messages.
func (m *rotatingKeyModel) titleOf(id string) string {
	switch id {
	case m.KeyID.ValueString():
		return m.title()
	case m.PreviousKeyID.ValueString():
		return fmt.Sprintf("previous API key of %q (%s)", m.Name.ValueString(), id)
	default:
		return fmt.Sprintf("old API key of %q (%s)", m.Name.ValueString(), id)
	}
}
