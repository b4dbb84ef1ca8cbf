package provider

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Between two runs, a list of Neon's may lag behind what the first run has just changed.

const (
	// changedAtKey is where private state keeps when this provider last changed the object.
	changedAtKey = "changed_at"
	// recentFor is how long a list may lag behind such a change.
	recentFor = 6 * time.Second
	// recheckPause is the time between two looks at a list for something recent.
	recheckPause = 2 * time.Second
)

// rememberChange notes the time of a change, for the next read.
func rememberChange(ctx context.Context, private privateWriter) diag.Diagnostics {
	return setPrivate(ctx, private, changedAtKey, time.Now().UTC())
}

// recheckRecent repeats a look until it finds what the state says, or what it looks for is too old for
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
