package neon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Bounds on the data that a server can send: maxAnswer for one response, and these for a list.
const (
	// maxItems bounds a list in one response. Neon's longest lists without pages are those of API keys and invitations.
	maxItems = 20_000
	// maxAllItems bounds a list of several pages: 100 full pages of members.
	maxAllItems = 50_000
	// maxPages bounds the pages of a list: Neon serves members by 500 and projects by 400.
	maxPages = 100
	// listTimeout bounds the total time for all pages of a list, without pauses that Neon asks for.
	listTimeout = 3 * time.Minute
)

var (
	errTooManyItems = fmt.Errorf("the list has more items than the %d that one answer may have", maxItems)
	errListTooLong  = fmt.Errorf("the list has more items than the %d that all of its pages may have", maxAllItems)
	errTooManyPages = fmt.Errorf("the list does not end: a cursor repeats, or there are more than %d pages", maxPages)
	errListTooSlow  = errors.New("the list was not complete in time")
)

// items is a list in a response. Decoding stops at maxItems, before more items take up memory.
type items[T any] []T

func (l *items[T]) UnmarshalJSON(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	opening, err := decoder.Token()
	if err != nil {
		return err
	}
	if opening == nil {
		return nil // null
	}
	if opening != json.Delim('[') {
		return errors.New("it is not a list")
	}
	list := items[T]{}
	for decoder.More() {
		if len(list) == maxItems {
			return errTooManyItems
		}
		var item T
		if err := decoder.Decode(&item); err != nil {
			return err
		}
		list = append(list, item)
	}
	*l = list
	return nil
}

// pages follows the cursors of a list.
type pages struct {
	seen map[string]bool
}

// next stores a cursor, or returns why it must not be followed.
func (p *pages) next(cursor string) error {
	if p.seen[cursor] || len(p.seen)+1 >= maxPages {
		return errTooManyPages
	}
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	p.seen[cursor] = true
	return nil
}

// wholeList bounds the time of a list.
func (c *Client) wholeList(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, listTimeout+c.retryTimeout, errListTooSlow)
}

// membersPage is the largest page of members that Neon serves, of an organization and of a project; the default is not
// documented.
const membersPage = "500"

// nextPage is the cursor of the next page in a response; the last page has none.
type nextPage struct {
	Next string `json:"next"`
}

// eachPage requests all pages of a list of members. get requests one page, and returns the cursor of the
// next page and the number of items so far.
func (c *Client) eachPage(
	ctx context.Context, path string, get func(ctx context.Context, query url.Values) (next string, listed int, err error),
) error {
	ctx, cancel := c.wholeList(ctx)
	defer cancel()
	var cursors pages
	query := url.Values{"limit": {membersPage}}
	for {
		next, listed, err := get(ctx, query)
		switch {
		case err != nil || next == "":
			return err
		case listed > maxAllItems:
			return wrongList(path, errListTooLong)
		}
		if err := cursors.next(next); err != nil {
			return wrongList(path, err)
		}
		query.Set("cursor", next)
	}
}

// wrongList is a response that is not a valid list.
func wrongList(path string, err error) error {
	return &Error{Method: http.MethodGet, Path: path, Status: http.StatusOK, Err: err}
}
