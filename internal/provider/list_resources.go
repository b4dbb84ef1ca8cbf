package provider

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// Shared code of the list resources. Terraform 1.14 and later finds existing objects with them, managed or not:
// terraform query. Each is the managed resource of the same name with one more method.

// listed is one object of a list.
type listed struct {
	title    string
	identity any
	resource any // the whole model, as a read would leave it
}

// list answers a list request: config is read, and find gets the organization that its org_id means.
func (b *resourceBase) list(
	ctx context.Context, req list.ListRequest, stream *list.ListResultsStream, config any, orgID *types.String,
	find func(*neon.Organization) ([]listed, diag.Diagnostics),
) {
	diags := req.Config.Get(ctx, config)
	var objects []listed
	if !diags.HasError() {
		org, orgDiags := b.conn.organization(ctx, *orgID)
		diags.Append(orgDiags...)
		if org != nil {
			found, findDiags := find(org)
			diags.Append(findDiags...)
			objects = found
		}
	}
	stream.Results = streamListed(ctx, req, objects, diags)
}

// streamListed streams the objects up to the limit of the request. An error is a result too, so that it does not look
// like an empty list.
func streamListed(
	ctx context.Context, req list.ListRequest, objects []listed, diags diag.Diagnostics,
) iter.Seq[list.ListResult] {
	if diags.HasError() {
		return list.ListResultsStreamDiagnostics(diags)
	}
	return func(push func(list.ListResult) bool) {
		for i, object := range objects {
			if req.Limit > 0 && int64(i) >= req.Limit {
				return
			}
			result := req.NewListResult(ctx)
			result.DisplayName = object.title
			result.Diagnostics.Append(result.Identity.Set(ctx, object.identity)...)
			if req.IncludeResource {
				result.Diagnostics.Append(result.Resource.Set(ctx, object.resource)...)
			}
			if !push(result) {
				return
			}
		}
	}
}
