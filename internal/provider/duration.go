package provider

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const day = 24 * time.Hour

// durationForm splits a duration at its days: 60d12h is 60 days and the duration 12h.
var durationForm = regexp.MustCompile(`^(?:([0-9]{1,6})d)?(.*)$`)

// parseDuration reads a duration that may begin with days of 24 hours: 60d, 36h, 60d12h.
func parseDuration(text string) (time.Duration, error) {
	parts := durationForm.FindStringSubmatch(text)
	if parts == nil || text == "" {
		return 0, fmt.Errorf("%q is not a duration", text)
	}
	var days, rest time.Duration
	if parts[1] != "" {
		n, err := strconv.Atoi(parts[1])
		if err != nil || n > int(math.MaxInt64/day) {
			return 0, fmt.Errorf("%q is too long", text)
		}
		days = time.Duration(n) * day
	}
	if parts[2] != "" {
		var err error
		if rest, err = time.ParseDuration(parts[2]); err != nil {
			return 0, fmt.Errorf("%q is not a duration", text)
		}
	}
	switch {
	case rest < 0:
		return 0, fmt.Errorf("%q is negative", text)
	case rest > math.MaxInt64-days:
		return 0, fmt.Errorf("%q is too long", text)
	}
	return days + rest, nil
}

// durationOf is the duration that a validated attribute holds, 0 for one that is null or unknown.
func durationOf(value types.String) time.Duration {
	d, _ := parseDuration(value.ValueString())
	return d
}

// durationValidator accepts a duration that may begin with days; zero only where it means something.
type durationValidator struct{ zero bool }

func (v durationValidator) Description(context.Context) string {
	if v.zero {
		return "must be a duration like 0s, 36h or 7d12h"
	}
	return "must be a positive duration like 30s, 36h or 60d12h"
}

func (v durationValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v durationValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	switch d, err := parseDuration(text); {
	case err != nil:
		resp.Diagnostics.Append(invalidDuration(req.Path, err.Error(), v.Description(ctx)))
	case d == 0 && !v.zero:
		resp.Diagnostics.Append(invalidDuration(req.Path, fmt.Sprintf("%q is no time at all", text), v.Description(ctx)))
	}
}
