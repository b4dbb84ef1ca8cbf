package provider

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// A list of Neon's may lag behind changes of the previous run.

const (
	// changedAtKey stores, in private state, the time of this provider's last change of the object.
	changedAtKey = "changed_at"
	// recentFor is how long a list may lag behind such a change.
	recentFor = 6 * time.Second
	// recheckPause is the time between two looks at a list for something recent.
	recheckPause = 2 * time.Second
)

// rememberChange stores the time of a change, for the next read.
func rememberChange(ctx context.Context, private privateWriter) diag.Diagnostics {
	return setPrivate(ctx, private, changedAtKey, time.Now().UTC())
}

// recheckRecent repeats a read until it matches the state, or the change is too old for
// a list to lag behind it.
func recheckRecent(
	ctx context.Context, private privateReader, look func(context.Context) (found bool, err error),
) error {
	var changedAt time.Time
	raw, _ := private.GetKey(ctx, changedAtKey)
	if raw != nil {
		_ = json.Unmarshal(raw, &changedAt) // without it, nothing counts as recent
	}
	recent := func() bool {
		age := time.Since(changedAt)
		return age >= 0 && age < recentFor // less than nothing: by the clock of another machine
	}
	for recent() {
		timer := time.NewTimer(recheckPause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		}
		found, err := look(ctx)
		if err != nil || found {
			return err
		}
	}
	return nil
}
