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

// durationForm tells the two halves of a duration with days: 60d12h is 60 days and the duration 12h.
var durationForm = regexp.MustCompile(`^(?:([0-9]{1,6})d)?(.*)$`)

// parseDuration reads a duration that may begin with days of 24 hours: 60d, 36h, 60d12h.
func parseDuration(text string) (time.Duration, error) {
	parts := durationForm.FindStringSubmatch(text)
	if parts == nil || text == "" {
		return 0, fmt.Errorf("%q is no duration", text)
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
			return 0, fmt.Errorf("%q is no duration", text)
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

// daysValidator accepts a duration that may have days; zero only where it means something.
type daysValidator struct{ zero bool }

func (v daysValidator) Description(context.Context) string {
	if v.zero {
		return "must be a duration like 0s, 36h or 7d12h"
	}
	return "must be a positive duration like 36h, 60d or 60d12h"
}

func (v daysValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v daysValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	switch d, err := parseDuration(text); {
	case err != nil:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration", fmt.Sprintf(
			"%s: it %s. The units are d (24 hours), h, m and s, days first and in whole numbers.", err, v.Description(ctx)))
	case d == 0 && !v.zero:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration", fmt.Sprintf("%q is no time at all: it %s.", text, v.Description(ctx)))
	}
}
