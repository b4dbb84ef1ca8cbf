package neon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// limitAnswer is what Neon answers about the spending limit of an organization.
type limitAnswer struct {
	isOne bool  // the answer has the field, be it null
	cents int64 // 0 for no limit
}

// UnmarshalJSON decodes an answer. Without the field it is not one about a spending limit.
func (a *limitAnswer) UnmarshalJSON(raw []byte) error {
	var wire struct {
		Cents json.RawMessage `json:"spending_limit_cents"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	*a = limitAnswer{isOne: len(wire.Cents) > 0}
	if !a.isOne || string(wire.Cents) == "null" {
		return nil
	}
	if json.Unmarshal(wire.Cents, &a.cents) != nil || a.cents < 1 {
		return fmt.Errorf("a spending limit is %q, which is not a number of cents", bounded(string(wire.Cents)))
	}
	return nil
}

func limitPath(orgID string) string {
	return pathTo("organizations", orgID, "billing", "spending_limit")
}

// spendingLimit reads the spending limit of an organization; 0 without one.
func (c *Client) spendingLimit(ctx context.Context, orgID string) (cents int64, err error) {
	var answer limitAnswer
	err = c.do(ctx, http.MethodGet, limitPath(orgID), nil, nil, &answer, func() error {
		if !answer.isOne {
			return errors.New("the answer has no spending limit")
		}
		return nil
	})
	return answer.cents, err
}

// limits is a spending limit as a list of at most one.
func (c *Client) limits(ctx context.Context, orgID string) ([]int64, error) {
	cents, err := c.spendingLimit(ctx, orgID)
	if err != nil || cents == 0 {
		return nil, err
	}
	return []int64{cents}, nil
}

// theLimit is the only id in the list of spending limits.
const theLimit = ""

// SpendingLimit returns the monthly spending limit in cents, 0 if there is none.
func (o *Organization) SpendingLimit(ctx context.Context) (cents int64, err error) {
	return o.spendingLimitSince(ctx, fresh())
}

// SpendingLimitNow is SpendingLimit from a new request.
func (o *Organization) SpendingLimitNow(ctx context.Context) (cents int64, err error) {
	return o.spendingLimitSince(ctx, time.Now())
}

func (o *Organization) spendingLimitSince(ctx context.Context, notBefore time.Time) (cents int64, err error) {
	if err := o.limits.since(ctx, notBefore); err != nil {
		return 0, err
	}
	cents, _ = o.limits.get(theLimit)
	return cents, nil
}

// SetSpendingLimit sets the monthly spending limit, in cents. It requires an admin.
func (o *Organization) SetSpendingLimit(ctx context.Context, cents int64) error {
	in := struct {
		Cents int64 `json:"spending_limit_cents"`
	}{cents}
	err := o.client.write(ctx,
		func(ctx context.Context) error {
			var answer limitAnswer
			return o.client.change(ctx, http.MethodPut, limitPath(o.ID), in, &answer, func() bool { return answer.cents == cents })
		},
		func(ctx context.Context) (bool, error) {
			now, err := o.client.spendingLimit(ctx, o.ID)
			return now == cents, err
		})
	if err == nil {
		o.limits.wrote(theLimit, &cents)
	}
	return err
}

// RemoveSpendingLimit removes the monthly spending limit. It requires an admin. It succeeds if there is none.
func (o *Organization) RemoveSpendingLimit(ctx context.Context) error {
	err := o.client.write(ctx,
		func(ctx context.Context) error {
			return o.client.change(ctx, http.MethodDelete, limitPath(o.ID), nil, &struct{}{}, func() bool { return true })
		},
		func(ctx context.Context) (bool, error) {
			now, err := o.client.spendingLimit(ctx, o.ID)
			return err == nil && now == 0, err
		})
	if err == nil {
		o.limits.wrote(theLimit, nil)
	}
	return err
}
