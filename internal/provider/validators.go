package provider

import (
	"context"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// Neon's form of organization and project ids (its OpenAPI file).
var (
	orgIDPattern     = regexp.MustCompile(`^[a-z0-9-]{1,60}$`)
	projectIDPattern = orgIDPattern
)

const orgIDForm = "must be 1 to 60 lower-case letters, digits and hyphens, as in org-example-12345678"

func orgIDValidator() validator.String {
	return stringvalidator.RegexMatches(orgIDPattern, orgIDForm)
}

func projectIDValidator() validator.String {
	return stringvalidator.RegexMatches(projectIDPattern, "must be 1 to 60 lower-case letters, digits and hyphens, as in shiny-wind-028834")
}

// emailValidator accepts an address in lower case. That one rule keeps case out of every
// comparison, map and diff.
type emailValidator struct{}

func (emailValidator) Description(context.Context) string {
	return "must be an e-mail address in lower case"
}

func (v emailValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v emailValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	email := req.ConfigValue.ValueString()
	if problem := emailProblem(email); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid e-mail address", problem)
	}
}

func emailProblem(email string) string {
	if lower := strings.ToLower(strings.TrimSpace(email)); lower != email {
		return fmt.Sprintf("%q must be written in lower case and without spaces around it: %q. Neon treats both as one address, and so must every configuration.", email, lower)
	}
	address, err := mail.ParseAddress(email)
	_, domain, _ := strings.Cut(email, "@")
	if err != nil || address.Address != email || address.Name != "" || domain == "" {
		return fmt.Sprintf("%q is not an e-mail address. Write the bare address, as in dev@example.com.", email)
	}
	return ""
}

// keyNameValidators are those of an API key's name.
func keyNameValidators() []validator.String {
	return []validator.String{stringvalidator.UTF8LengthBetween(1, 64), keyNameValidator{}}
}

// keyNameValidator accepts a name that Neon will keep as it is and every terminal shows as it is.
type keyNameValidator struct{}

func (keyNameValidator) Description(context.Context) string {
	return "must have no blanks around it, no line breaks and no other control characters"
}

func (v keyNameValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v keyNameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	name := req.ConfigValue.ValueString()
	switch {
	case strings.TrimSpace(name) != name:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid API key name",
			fmt.Sprintf("%q begins or ends with a blank. Write it without: %q.", name, strings.TrimSpace(name)))
	case neon.Plain(name) != name:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid API key name",
			fmt.Sprintf("%q contains a line break, another control or invisible character, or what a CI job's log takes for a command (a word that begins with ::, or ##[). Write it without.", name))
	}
}

// baseURLValidator accepts an absolute http or https address.
type baseURLValidator struct{}

func (baseURLValidator) Description(context.Context) string { return "must be an absolute URL" }

func (v baseURLValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v baseURLValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if problem := baseURLProblem(req.ConfigValue.ValueString()); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid base URL", "The argument base_url "+problem)
	}
}

func baseURLProblem(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Sprintf("must be an absolute https address with the API's path, as in https://console.neon.tech/api/v2, not %q.", text)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "must be a plain address, without user, query or fragment."
	default:
		return ""
	}
}
