package neon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

var (
	errHTML     = errors.New("the answer is a web page, not JSON")
	errEmpty    = errors.New("the answer is empty")
	errNotJSON  = errors.New("the answer is not JSON")
	errCutShort = errors.New("the answer was cut short")
)

// decode reads a response into out, or returns what is wrong with it. It accepts unknown fields.
// Without out, it only checks that the response is valid JSON.
func decode(raw []byte, out any) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return errEmpty
	}
	if looksLikeHTML(raw) {
		return errHTML
	}
	if out == nil {
		out = new(json.RawMessage) // valid, and no more: its parts would take up much memory
	}
	reflect.ValueOf(out).Elem().SetZero() // of what an answer that was no good has left
	err := json.Unmarshal(raw, out)
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax) && strings.HasPrefix(syntax.Error(), "unexpected end"):
		return errCutShort
	case errors.As(err, &syntax):
		return errNotJSON
	case errors.As(err, &mismatch):
		return fmt.Errorf("the answer has an unexpected form: field %q is a %s", mismatch.Field, mismatch.Value)
	default:
		return fmt.Errorf("the answer has an unexpected form: %w", err)
	}
}

func looksLikeHTML(raw []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("<")) }

// looseID is an ID that Neon writes as a string or a number. We use a string.
type looseID string

func (id *looseID) UnmarshalJSON(raw []byte) error {
	var text plainText
	if err := json.Unmarshal(raw, &text); err == nil {
		*id = looseID(text)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err != nil {
		return errors.New("an id is neither a string nor a number")
	}
	*id = looseID(number.String())
	return nil
}

// looseTime is an RFC 3339 time; absent, null, empty and unreadable ones are zero.
type looseTime struct{ time.Time }

func (t *looseTime) UnmarshalJSON(raw []byte) error {
	var text string
	_ = json.Unmarshal(raw, &text)
	parsed, _ := time.Parse(time.RFC3339, text) // zero with an error
	t.Time = parsed.UTC()
	return nil
}

// looseUser is the creator of an object: an object in lists, an ID in other responses.
type looseUser struct{ User }

func (u *looseUser) UnmarshalJSON(raw []byte) error {
	var id looseID
	if json.Unmarshal(raw, &id) == nil {
		u.User = User{ID: string(id)}
		return nil
	}
	var object struct {
		ID   looseID   `json:"id"`
		Name plainText `json:"name"`
	}
	if json.Unmarshal(raw, &object) == nil {
		u.User = User{ID: string(object.ID), Name: string(object.Name)}
	}
	return nil
}

// User is the creator of an object.
type User struct {
	// ID is the user's UUID.
	ID string
	// Name is the display name; empty if Neon returns only the ID.
	Name string
}

func lower(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
