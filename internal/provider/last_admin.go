package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

const (
	// swapPatience is how long a demotion or removal of the last admin waits for another member's promotion
	// in the same apply.
	swapPatience = 15 * time.Second
	swapPause    = 500 * time.Millisecond
)

// whileLastAdmin repeats a change that Neon refuses because the member is the last active admin, for
// as long as another resource of this apply may be about to promote another member.
func whileLastAdmin(ctx context.Context, org *neon.Organization, member neon.Member, change func() error) error {
	deadline := time.Now().Add(swapPatience)
	err := change()
	if !mayBeLastAdmin(member, err) {
		return err
	}
	// The promotion may come between the refusal and our look at who is an admin: the first refusal is tried again.
	for time.Now().Before(deadline) {
		timer := time.NewTimer(swapPause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, context.Cause(ctx))
		case <-timer.C:
		}
		err = change()
		if !isLastAdmin(ctx, org, member, err) {
			return err
		}
	}
	return err
}

// mayBeLastAdmin reports whether an outcome may be Neon's refusal for the last active admin.
func mayBeLastAdmin(member neon.Member, err error) bool {
	return err != nil && member.ActiveAdmin() && plainRefusal(err)
}

// isLastAdmin reports whether a refusal is for the last active admin. Neon's status and text for it are
// not documented, so the members decide.
func isLastAdmin(ctx context.Context, org *neon.Organization, member neon.Member, err error) bool {
	if !mayBeLastAdmin(member, err) {
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

// lastAdminOr explains a refusal for the last admin. It returns other failures unchanged.
func lastAdminOr(ctx context.Context, org *neon.Organization, member neon.Member, failed diag.Diagnostic, err error) diag.Diagnostic {
	if !isLastAdmin(ctx, org, member, err) {
		return failed
	}
	return lastAdminRefused(failed, org.ID, member.Email, err)
}
