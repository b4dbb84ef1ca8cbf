//go:build unix

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// reply is an answer of Neon's.
type reply struct {
	status    int
	body      []byte
	requestID string // that was sent
	took      time.Duration
}

// call sends one request with a key. What Neon refuses for a while is sent again, for up to a minute.
func (v *visit) call(ctx context.Context, key, method, path string, body any) (reply, error) {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return reply{}, err
		}
	}
	for patience := time.Minute; ; {
		r, header, err := v.attempt(ctx, key, method, path, sent)
		if err != nil || r.status != http.StatusTooManyRequests && r.status != http.StatusLocked && r.status != http.StatusServiceUnavailable {
			return r, err
		}
		wait := 2 * time.Second
		if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil {
			wait = time.Duration(seconds+1) * time.Second
		}
		if patience -= wait; patience < 0 {
			return r, nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return r, ctx.Err()
		}
	}
}

func (v *visit) attempt(ctx context.Context, key, method, path string, sent []byte) (reply, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, method, v.gate.url()+path, bytes.NewReader(sent))
	if err != nil {
		return reply{}, nil, err
	}
	r := reply{requestID: "live-" + strings.ToLower(rand.Text())}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("X-Request-ID", r.requestID)
	if sent != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	started := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return r, nil, fmt.Errorf("%s %s: no answer", method, path)
	}
	defer func() { _ = response.Body.Close() }()
	r.body, err = io.ReadAll(response.Body)
	r.status, r.took = response.StatusCode, time.Since(started)
	return r, response.Header, err
}

// get sends a GET with the run's own key, and decodes what is answered with 200.
func (v *visit) get(ctx context.Context, path string, into any) error {
	r, err := v.call(ctx, v.settings.apiKey, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if err := r.decode(into); err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	return nil
}

// decode reads an answer with 200.
func (r reply) decode(into any) error {
	if r.status != http.StatusOK {
		return errors.New(r.said())
	}
	return json.Unmarshal(r.body, into)
}

// refusal is the body of an error.
type refusal struct {
	RequestID string  `json:"request_id"`
	Code      *string `json:"code"`
	Message   string  `json:"message"`
}

func (r reply) refusal() (f refusal) {
	_ = json.Unmarshal(r.body, &f)
	return f
}

// said is the status, and the message of a refusal.
func (r reply) said() string {
	if r.status < 400 {
		return strconv.Itoa(r.status)
	}
	if f := r.refusal(); f.Message != "" {
		return fmt.Sprintf("%d `%s`", r.status, f.Message)
	}
	return fmt.Sprintf("%d, without a message", r.status)
}

// field says how a field is in a JSON object: "absent", "null", "a string", "an object" and so on.
func field(object json.RawMessage, name string) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(object, &fields) != nil {
		return "in no object"
	}
	value, there := fields[name]
	switch {
	case !there:
		return "absent"
	case string(value) == "null":
		return "null"
	}
	switch value[0] {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return string(value)
	default:
		return "a number"
	}
}

type apiKey struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Key        string     `json:"key"`
	ProjectID  string     `json:"project_id"`
	LastUsedAt *time.Time `json:"last_used_at"`
	raw        json.RawMessage
}

func (k *apiKey) UnmarshalJSON(data []byte) error {
	type plain apiKey
	err := json.Unmarshal(data, (*plain)(k))
	k.raw = bytes.Clone(data)
	return err
}

func (v *visit) organization() string { return "/organizations/" + v.settings.orgID }
func (v *visit) keyPath(id int64) string {
	return v.organization() + "/api_keys/" + strconv.FormatInt(id, 10)
}
func (v *visit) keyName(what string) string { return v.name + "-" + what }

func (v *visit) listKeys(ctx context.Context) (list []apiKey, err error) {
	return list, v.get(ctx, v.organization()+"/api_keys", &list)
}

type member struct {
	Member struct {
		ID     string `json:"id"`
		UserID string `json:"user_id"`
		Role   string `json:"role"`
	} `json:"member"`
	User struct {
		Email string `json:"email"`
	} `json:"user"`
}

type membersPage struct {
	Members    []member        `json:"members"`
	Pagination json.RawMessage `json:"pagination"`
}

// listMembers goes through all pages, and returns the last one besides.
func (v *visit) listMembers(ctx context.Context, limit int) (all []member, last membersPage, err error) {
	seen := map[string]bool{}
	for cursor := ""; ; {
		path := fmt.Sprintf("%s/members?limit=%d", v.organization(), limit)
		if cursor != "" {
			path += "&cursor=" + cursor
		}
		last = membersPage{}
		if err := v.get(ctx, path, &last); err != nil {
			return nil, last, err
		}
		all = append(all, last.Members...)
		var pagination struct {
			Next string `json:"next"`
		}
		_ = json.Unmarshal(last.Pagination, &pagination)
		if cursor = url.QueryEscape(pagination.Next); cursor == "" {
			return all, last, nil
		}
		if seen[cursor] {
			return nil, last, errors.New("the pages of members go round in circles")
		}
		seen[cursor] = true
	}
}

type invitation struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

type invitationList struct {
	Invitations []invitation `json:"invitations"`
}

// invitationsOf are the listed invitations of somebody.
func (v *visit) invitationsOf(ctx context.Context, email string) (found []invitation, err error) {
	var all invitationList
	if err := v.get(ctx, v.organization()+"/invitations", &all); err != nil {
		return nil, err
	}
	for _, i := range all.Invitations {
		if strings.EqualFold(i.Email, email) {
			found = append(found, i)
		}
	}
	return found, nil
}

var (
	tokens    = regexp.MustCompile(`napi_[A-Za-z0-9]+`)
	addresses = regexp.MustCompile(`[^\s"'<>@=:]+@[^\s"'<>@]+\.[A-Za-z]+`)
	anyUUID   = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)
)

// redact takes out what is no business of a reader of the report: keys, people, and whose organization it is.
func (v *visit) redact(text string) string {
	for _, secret := range []struct{ is, shown string }{
		{v.settings.apiKey, "(key)"}, {v.settings.orgID, "(organization)"}, {v.settings.projectID, "(project)"},
	} {
		if secret.is != "" {
			text = strings.ReplaceAll(text, secret.is, secret.shown)
		}
	}
	text = tokens.ReplaceAllString(text, "(key)")
	text = addresses.ReplaceAllString(text, "(address)")
	return anyUUID.ReplaceAllString(text, "(id)")
}
