package provider

import (
	"context"
	"net/mail"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// projectIDPattern is Neon's form of a project's ID (its OpenAPI file).
var projectIDPattern = orgIDPattern

const projectIDForm = "must be 1 to 60 lower-case letters, digits and hyphens, as in shiny-wind-028834"

func projectIDValidator() validator.String {
	return stringvalidator.RegexMatches(projectIDPattern, projectIDForm)
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
	problem := emailProblem(email)
	if problem != "" {
		resp.Diagnostics.Append(invalidEmail(req.Path, email, problem))
	}
}

// emailProblem returns what is wrong with an address, or "".
func emailProblem(email string) string {
	lower := strings.ToLower(strings.TrimSpace(email))
	if lower != email {
		return notLowerCase(email, lower)
	}
	address, err := mail.ParseAddress(email)
	_, domain, _ := strings.Cut(email, "@")
	if err != nil || address.Address != email || address.Name != "" || domain == "" {
		return notAnAddress(email)
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
		resp.Diagnostics.Append(paddedKeyName(req.Path, name))
	case neon.Plain(name) != name:
		resp.Diagnostics.Append(unprintableKeyName(req.Path, name))
	}
}

// labelValidator accepts a label that Neon will keep as it is and every terminal shows as it is.
type labelValidator struct{}

func (labelValidator) Description(context.Context) string {
	return "must have a character other than a blank, no blanks around it, no line breaks and no other control characters"
}

func (v labelValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v labelValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	label := req.ConfigValue.ValueString()
	if strings.TrimSpace(label) != label || label == "" || neon.Plain(label) != label {
		resp.Diagnostics.Append(invalidLabel(req.Path, label))
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
	problem := baseURLProblem(req.ConfigValue.ValueString())
	if problem != "" {
		resp.Diagnostics.Append(invalidBaseURL(req.Path, problem))
	}
}

// baseURLProblem says what is wrong with the address of the API, or nothing. It follows the name of the argument.
func baseURLProblem(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return notAnAbsoluteURL(text)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return notAPlainURL
	default:
		return ""
	}
}
