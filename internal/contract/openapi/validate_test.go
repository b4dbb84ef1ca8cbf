//go:build contract

package openapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// problem is something about an exchange that Neon's file does not allow.
type problem struct {
	operation string // "GET /organizations/{org_id}/members", or "GET (unknown)"
	where     string // "request", or "answer 200"
	says      string // what, with * for the indexes of arrays
}

func (p problem) String() string { return p.operation + ": " + p.where + ": " + p.says }

// options make kin-openapi check everything that the file says. Its own formats are dates and numbers.
var options = &openapi3filter.Options{
	MultiError: true, RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
	AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, // the simulator says who may do what
	SchemaValidationOptions: []openapi3.SchemaValidationOption{
		openapi3.EnableFormatValidation(),
		openapi3.DisableSchemaErrorDetails(),
		openapi3.WithStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC9562)),
		openapi3.WithStringFormatValidator("email", openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForEmail)),
	},
}

// fromProvider says whether the request is from this provider's client.
func fromProvider(e *neontest.Exchange) bool {
	return strings.HasPrefix(e.RequestHeader.Get("User-Agent"), "terraform-provider-neon/")
}

// answered says whether there is an answer of the simulator's own.
func answered(e *neontest.Exchange) bool { return e.Fault == "" && e.Status != 0 }

// check lists what is wrong with an exchange.
//
// The provider's client may send nothing that the file does not know. Others may, and tests do it on purpose: what the
// file forbids must then be refused.
func (c *contract) check(e *neontest.Exchange) []problem {
	location, err := url.Parse(host + e.URL)
	if err != nil {
		return []problem{{e.Method + " (unknown)", "request", err.Error()}}
	}
	request := &http.Request{
		Method: e.Method, URL: location, Header: e.RequestHeader,
		Body: io.NopCloser(strings.NewReader(e.RequestBody)), ContentLength: int64(len(e.RequestBody)),
	}
	route, parameters, err := c.closed.router.FindRoute(request)
	if err != nil {
		return c.checkUnknown(e)
	}
	operation := e.Method + " " + route.Path
	var found []problem
	add := func(where string, says ...string) {
		for _, s := range says {
			found = append(found, problem{operation, where, s})
		}
	}

	if fromProvider(e) {
		add("request", reasons(validateRequest(request, route, parameters, e.RequestBody))...)
		add("request", undocumented(route, location.Query())...)
		add("request", checkClient(e)...)
	} else if e.Status < 300 && answered(e) {
		openRoute, _, err := c.stands.router.FindRoute(request)
		if err != nil {
			add("request", err.Error())
		} else {
			for _, says := range reasons(validateRequest(request, openRoute, parameters, e.RequestBody)) {
				add("request", "was accepted: "+says)
			}
		}
	}
	if !answered(e) {
		return found
	}
	where := fmt.Sprintf("answer %d", e.Status)
	listed := route.Operation.Responses.Status(e.Status)
	if listed == nil && e.Status < 400 {
		add(where, "the file lists no such status")
		return found
	}
	if listed != nil && len(listed.Value.Content) == 0 && e.Body != "" {
		add(where, "the file lists no body")
	}
	input := &openapi3filter.RequestValidationInput{Request: request, PathParams: parameters, Route: route, Options: options}
	add(where, reasons(openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.Status, Header: e.Header,
		Body: io.NopCloser(strings.NewReader(e.Body)), Options: options,
	}))...)
	for _, rule := range rules {
		add(where, rule(operation, location.Query(), e)...)
	}
	return found
}

// checkUnknown is about a request that is none of the file's operations.
func (c *contract) checkUnknown(e *neontest.Exchange) []problem {
	operation := e.Method + " (unknown)"
	if fromProvider(e) {
		return []problem{{operation, "request", "the file has no " + e.Method + " " + e.URL}}
	}
	if !answered(e) {
		return nil
	}
	where := fmt.Sprintf("answer %d", e.Status)
	if e.Status < 400 {
		return []problem{{operation, where, "the file has no " + e.Method + " " + e.URL}}
	}
	var found []problem
	schema := c.closed.doc.Components.Responses["GeneralError"].Value.Content["application/json"].Schema.Value
	body, err := decode(e.Body)
	if err == nil {
		err = schema.VisitJSON(body, openapi3.MultiErrors(), openapi3.VisitAsResponse())
	}
	for _, says := range reasons(err) {
		found = append(found, problem{operation, where, says})
	}
	for _, rule := range rules {
		for _, says := range rule(operation, nil, e) {
			found = append(found, problem{operation, where, says})
		}
	}
	return found
}

func validateRequest(request *http.Request, route *routers.Route, parameters map[string]string, body string) error {
	request.Body = io.NopCloser(bytes.NewReader([]byte(body))) // it is read each time
	return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: request, PathParams: parameters, Route: route, Options: options,
	})
}

// undocumented lists query parameters that the file does not name.
func undocumented(route *routers.Route, query url.Values) (says []string) {
	for name := range query {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil && route.PathItem.Parameters.GetByInAndName("query", name) == nil {
			says = append(says, fmt.Sprintf("the file knows no parameter %q", name))
		}
	}
	return says
}

var indexes = regexp.MustCompile(`/\d+`)

// reasons takes an error of kin-openapi apart.
func reasons(err error) (says []string) {
	switch err := err.(type) { //nolint:errorlint // this is what unwraps
	case nil:
	case openapi3.MultiError:
		for _, one := range err {
			says = append(says, reasons(one)...)
		}
	case *openapi3.SchemaError:
		if err.Origin != nil {
			for _, deeper := range reasons(err.Origin) {
				says = append(says, place(err)+deeper)
			}
			return says
		}
		says = append(says, place(err)+err.Reason)
	case *openapi3filter.RequestError:
		if err.Err == nil {
			return []string{err.Error()}
		}
		prefix := "body"
		if err.Parameter != nil {
			prefix = fmt.Sprintf("parameter %q in %s", err.Parameter.Name, err.Parameter.In)
		}
		for _, deeper := range reasons(err.Err) {
			says = append(says, prefix+": "+deeper)
		}
	case *openapi3filter.ResponseError:
		if err.Err == nil {
			return []string{err.Reason}
		}
		says = reasons(err.Err)
	default:
		if deeper := errors.Unwrap(err); deeper != nil {
			return reasons(deeper)
		}
		says = append(says, err.Error())
	}
	return says
}

func place(err *openapi3.SchemaError) string {
	pointer := err.JSONPointer()
	if len(pointer) == 0 {
		return ""
	}
	return indexes.ReplaceAllString("/"+strings.Join(pointer, "/"), "/*") + ": "
}
