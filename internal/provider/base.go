package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// resourceBase is what every resource has.
type resourceBase struct {
	conn *connection
}

func (b *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	b.conn, _ = req.ProviderData.(*connection)
}

// dataSourceBase is what every data source has.
type dataSourceBase struct {
	conn *connection
}

func (b *dataSourceBase) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	b.conn, _ = req.ProviderData.(*connection)
}

const orgIDDescription = "The id of the organization, as in `org-example-12345678`. Default: the provider's organization."

// resourceOrgID is the org_id attribute of every resource.
func resourceOrgID() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: orgIDDescription + " Changing it replaces the resource.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{orgIDValidator()},
	}
}

// dataSourceOrgID is the org_id attribute of every data source.
func dataSourceOrgID() datasourceschema.StringAttribute {
	return datasourceschema.StringAttribute{
		MarkdownDescription: orgIDDescription,
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{orgIDValidator()},
	}
}

// newOrgID plans org_id for a create: as configured, else the provider's. An organization that Neon has to be asked
// for is known after apply. decided reports whether it is known which organization is meant, or Neon can be asked.
func (b *resourceBase) newOrgID(configured types.String) (planned types.String, decided bool) {
	switch {
	case !configured.IsNull():
		return configured, !configured.IsUnknown()
	case b.conn == nil || b.conn.orgID.IsUnknown():
		return types.StringUnknown(), false
	case !b.conn.orgID.IsNull():
		return b.conn.orgID, true
	default:
		return types.StringUnknown(), true
	}
}

// planOrgID plans org_id for an object of the state: as configured, else the provider's, else what the state has. It
// reports whether that is another organization than the state's.
func (b *resourceBase) planOrgID(configured, prior types.String, resp *resource.ModifyPlanResponse) (planned types.String, replace bool) {
	planned = configured
	if configured.IsNull() {
		planned = prior
		if b.conn != nil && !b.conn.orgID.IsNull() && !b.conn.orgID.IsUnknown() {
			planned = b.conn.orgID
		}
	}
	replace = !planned.Equal(prior)
	if replace {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("org_id"))
	}
	return planned, replace
}

// timeValue is a time as the state holds it: RFC 3339 in UTC, or null.
func timeValue(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}

// stringOrNull is null for the empty string.
func stringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// roleValue keeps the spelling of a role that means the same: member and editor are one.
func roleValue(current types.String, role string) types.String {
	if neon.SameRole(current.ValueString(), role) {
		return current
	}
	return types.StringValue(role)
}

const (
	// changedAtKey is where private state keeps when this provider last changed the object.
	changedAtKey = "changed_at"
	// youngFor is how long a list may lag behind such a change.
	youngFor = 6 * time.Second
	// lookAgain is the time between two looks at a list for something young.
	lookAgain = 2 * time.Second
)

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// rememberChange notes the time of a change, for the next look.
func rememberChange(ctx context.Context, private privateWriter) diag.Diagnostics {
	return setPrivate(ctx, private, changedAtKey, time.Now().UTC())
}

func setPrivate(ctx context.Context, private privateWriter, key string, value any) diag.Diagnostics {
	raw, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Cannot write the private state", err.Error())}
	}
	return private.SetKey(ctx, key, raw)
}

// whileYoung repeats a look until it finds what the state says, or what it looks for is too old for
// a list to lag behind it.
func whileYoung(ctx context.Context, private privateReader, look func(context.Context) (found bool, err error)) error {
	var changedAt time.Time
	if raw, _ := private.GetKey(ctx, changedAtKey); raw != nil {
		_ = json.Unmarshal(raw, &changedAt) // without it, nothing counts as young
	}
	young := func() bool {
		age := time.Since(changedAt)
		return age >= 0 && age < youngFor // less than nothing: by the clock of another machine
	}
	for young() {
		timer := time.NewTimer(lookAgain)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		}
		if found, err := look(ctx); err != nil || found {
			return err
		}
	}
	return nil
}

// counted is "1 live API key" or "3 live API keys".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
