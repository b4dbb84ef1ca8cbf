package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// swapPatience is how long a demotion or removal of the last admin waits for somebody else's promotion
// in the same apply.
const swapPatience = 15 * time.Second

// whileLastAdmin repeats a change that Neon refuses because the member is the last active admin, for
// as long as another resource of this apply may be about to promote somebody. The promotion may come
// between the refusal and our look at who is an admin, so a first refusal is always tried again.
func whileLastAdmin(ctx context.Context, org *neon.Organization, member neon.Member, change func() error) error {
	deadline := time.Now().Add(swapPatience)
	for first := true; ; first = false {
		err := change()
		if err == nil || !member.ActiveAdmin() || !plainRefusal(err) || time.Now().After(deadline) || !first && !isLastAdmin(ctx, org, member, err) {
			return err
		}
		timer := time.NewTimer(500 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, context.Cause(ctx))
		case <-timer.C:
		}
	}
}

// isLastAdmin reports whether a refusal is for the last active admin. Neon's status and text for it are
// not documented, so the members decide.
func isLastAdmin(ctx context.Context, org *neon.Organization, member neon.Member, err error) bool {
	if !plainRefusal(err) || !member.ActiveAdmin() {
		return false
	}
	others, err := org.HasOtherActiveAdmin(ctx, member.ID)
	return err == nil && !others
}

// plainRefusal reports whether Neon refused for none of the reasons that have a text of their own.
func plainRefusal(err error) bool {
	refusal, ok := neon.AsError(err)
	if !ok || refusal.Outcome != neon.Refused || refusal.Status < 400 || refusal.Status >= 500 {
		return false
	}
	return refusal.Refusal() == neon.OtherRefusal || refusal.Refusal() == neon.NotPermitted
}

// lastAdminOr explains a refusal for the last admin, or is any other failure.
func lastAdminOr(ctx context.Context, org *neon.Organization, member neon.Member, summary string, err error) diag.Diagnostic {
	if !isLastAdmin(ctx, org, member, err) {
		return failure(summary, err)
	}
	return diag.NewErrorDiagnostic(summary+": last active admin", fmt.Sprintf(
		"%s is the only active admin of %s, and Neon lets nobody remove or demote the last one. Make somebody else an admin first; both may stand in one apply. "+
			"If they do, Terraform came to this one first and, with -parallelism=1, to nothing else meanwhile: apply again, or name the new admin's resource in depends_on.\n\n%s", member.Email, org.ID, err.Error()))
}
