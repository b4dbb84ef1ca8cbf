package neontest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// answer is the response of an operation, before faults.
type answer struct {
	status int
	header map[string]string
	body   any // nil: an empty body
}

// grade: spec — where there is nothing to say, the body is {}.
type emptyBody struct{}

// grade: spec — the fields of an error: request_id, code and message.
type errorBody struct {
	RequestID string `json:"request_id"`
	Code      string `json:"code"`
	Message   string `json:"message"`
}

// grade: spec — every successful /organizations call answers 200, POST included.
func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// refuse makes an error answer; its request id is filled in when it is written.
//
// grade: seen — in an error body, code is nearly always "": only status and message say what is wrong.
func refuse(status int, format string, args ...any) *answer {
	return &answer{status: status, body: errorBody{Message: fmt.Sprintf(format, args...)}}
}

// encode returns the bytes of the body.
func (a answer) encode(requestID string) []byte {
	body := a.body
	if e, isError := body.(errorBody); isError {
		// grade: spec — the request id, the caller's own or a new one, comes back in the error body.
		e.RequestID = requestID
		body = e
	}
	if body == nil {
		return nil
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(err) // the bodies are our own types
	}
	return b.Bytes()
}

var (
	// grade: spec — organization and project ids match `^[a-z0-9-]{1,60}$`.
	idPattern = regexp.MustCompile(`^[a-z0-9-]{1,60}$`)
	// grade: spec — member, user and invitation ids are UUIDs.
	uuidPattern  = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	emailPattern = regexp.MustCompile(`^[^\s@<>()\[\],;:"\\]+@[^\s@<>()\[\],;:"\\.]+(\.[^\s@<>()\[\],;:"\\.]+)+$`)
)

// grade: spec — an e-mail has 1 to 256 characters.
func validEmail(email string) bool { return len(email) <= 256 && emailPattern.MatchString(email) }

// decode reads the JSON body of a request. Unknown fields are ignored; null is refused, for no field of any request is
// nullable in the OpenAPI file.
//
// grade: guess — a body that does not fit its schema is refused with 400 `request body has an error: …`.
// grade: guess — unknown fields in a body are ignored, and null is refused with 400.
// grade: spec — every body is application/json.
// grade: guess — a body of another type is refused with 415 `request body has an error: unexpected Content-Type …`.
func (c *call) decode(into any) *answer {
	if is, _, _ := mime.ParseMediaType(c.contentType); len(c.body) > 0 && is != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "request body has an error: unexpected Content-Type %q", c.contentType)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &fields); err != nil || fields == nil {
		return refuse(http.StatusBadRequest, "request body has an error: not a JSON object")
	}
	for name, value := range fields {
		if string(value) == "null" {
			return refuse(http.StatusBadRequest, "request body has an error: %s: value is not nullable", name)
		}
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		if wrongType, is := errors.AsType[*json.UnmarshalTypeError](err); is {
			return refuse(http.StatusBadRequest, "request body has an error: %s: value must not be a %s", wrongType.Field, wrongType.Value)
		}
		return refuse(http.StatusBadRequest, "request body has an error: %s", err)
	}
	return nil
}

// decodeStrictly refuses unknown names: for control calls, where a typing mistake must not pass.
func decodeStrictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// grade: spec — times are RFC 3339, whole seconds in all of Neon's examples.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) } // only a copy's have fractions

func optionalTimestamp(t *time.Time) *string {
	if t == nil {
		return nil
	}
	text := timestamp(*t)
	return &text
}

var tokenPattern = regexp.MustCompile(`napi_[A-Za-z0-9]+`)

// withoutSecrets replaces tokens, for logs.
func withoutSecrets(text string) string {
	if !strings.Contains(text, "napi_") {
		return text
	}
	return tokenPattern.ReplaceAllString(text, "napi_(hidden)")
}
