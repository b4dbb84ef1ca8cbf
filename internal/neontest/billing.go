package neontest

import (
	"net/http"
	"slices"
)

// grade: spec — a spending limit is returned, and set, as spending_limit_cents alone.
type spendingLimitBody struct {
	SpendingLimitCents *int64 `json:"spending_limit_cents"`
}

// spendingLimitOff refuses the spending limit on plans that have none.
//
// grade: spec — spending limits exist on Launch and Scale plans only.
// grade: guess — on other plans, spending limits get 403 `spending limits are available on Launch and Scale plans only`.
func (c *call) spendingLimitOff() *answer {
	if slices.Contains([]string{"launch", "scale"}, c.org.plan) {
		return nil
	}
	return refuse(http.StatusForbidden, "spending limits are available on Launch and Scale plans only")
}

// grade: spec — spending_limit_cents is null where there is no limit.
// grade: docs — every member may read the spending limit.
func (c *call) getSpendingLimit() answer {
	if refusal := c.spendingLimitOff(); refusal != nil {
		return *refusal
	}
	return ok(spendingLimitBody{c.org.spendingLimit})
}

// grade: spec — a spending limit is at least one cent.
func (c *call) setSpendingLimit() answer {
	if refusal := c.spendingLimitOff(); refusal != nil {
		return *refusal
	}
	var request spendingLimitBody
	if refusal := c.decode(&request); refusal != nil {
		return *refusal
	}
	if request.SpendingLimitCents == nil || *request.SpendingLimitCents < 1 {
		return *refuse(http.StatusBadRequest, "request body has an error: spending_limit_cents: number must be at least 1")
	}
	c.org.spendingLimit = request.SpendingLimitCents
	return ok(spendingLimitBody{c.org.spendingLimit})
}

// grade: spec — removing a spending limit answers {} whether there was one or not.
func (c *call) deleteSpendingLimit() answer {
	if refusal := c.spendingLimitOff(); refusal != nil {
		return *refusal
	}
	c.org.spendingLimit = nil
	return ok(emptyBody{})
}
