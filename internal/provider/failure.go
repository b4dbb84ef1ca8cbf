package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// failure converts an API error into a diagnostic: what failed, why, and what to do.
func failure(summary string, err error) diag.Diagnostic {
	var detail []string
	e, isNeon := neon.AsError(err)
	switch {
	case errors.Is(err, context.Canceled):
		interrupted := "The run was interrupted."
		if isNeon && e.Method != http.MethodGet && e.Outcome == neon.Refused {
			interrupted += " This change was not carried out, or was undone."
		}
		detail = append(detail, interrupted+" Plan again to see the remaining changes.")
	case !isNeon:
		detail = append(detail, err.Error())
	default:
		detail = append(detail, reason(e))
	}
	if isNeon {
		switch e.Outcome {
		case neon.Uncertain:
			detail = append(detail, "Neon may have carried this out: the response was lost, and the lists did not show it. "+
				"Compare with the Neon Console; the next plan shows what is missing.")
		case neon.CarriedOut:
			detail = append(detail, "Neon accepted the request, but the provider could not read the response. "+
				"Compare with the Neon Console; the next plan shows what differs.")
		}
		detail = append(detail, e.Error())
	}
	return failedRequest{diag.NewErrorDiagnostic(summary, strings.Join(detail, "\n\n"))}
}

// failedRequest marks an API error, as opposed to a problem that the provider found.
type failedRequest struct{ diag.ErrorDiagnostic }

// Equal is what diag.Diagnostics compares with.
func (f failedRequest) Equal(other diag.Diagnostic) bool {
	o, ok := other.(failedRequest)
	return ok && f.ErrorDiagnostic.Equal(o.ErrorDiagnostic)
}

// withAdvice adds a paragraph to an error.
func withAdvice(problem diag.Diagnostic, advice string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(problem.Summary(), problem.Detail()+"\n\n"+advice)
}

// reason explains Neon's response, and what to do. The refusals follow Neon's key matrix.
func reason(e *neon.Error) string {
	switch e.Refusal() {
	case neon.InvalidCredentials:
		return "Neon does not accept the API key: it is wrong, revoked, or not a key for this address. " +
			"Check the key (" + keySetting + ") and base_url."
	case neon.NeedsPersonalKey:
		return "Neon accepts only a personal key of an admin for this, and the key in use is an organization key. " +
			"Use a personal key (" + keySetting + ")."
	case neon.OutsideProject:
		return "The key in use is limited to one project, and this concerns the organization. " +
			"Use a personal key of an admin or an organization-wide key (" + keySetting + ")."
	case neon.NotOrganizationMember:
		return "The owner of the key does not belong to this organization, or the organization no longer exists. " +
			"Check org_id (" + orgSetting + ") and whose key it is (" + keySetting + "). " +
			"If the organization was deleted, remove its objects from the state: with a removed block that has " +
			"lifecycle { destroy = false }, or with terraform state rm ADDRESS."
	case neon.NotPermitted:
		return "The owner of the key is not permitted to do this: only an admin can change an organization. " +
			"Use an admin's key (" + keySetting + ")."
	case neon.ProjectNotFound:
		return "Neon does not know the project, or it is not a project of this organization. Check project_id."
	case neon.NotNeon:
		return "The response is not from Neon: a proxy, a firewall or a login page responded, " +
			"or base_url is not the address of Neon's API. " +
			"It proves nothing about the API key or its objects, and the state stays unchanged. " +
			"Check base_url, HTTPS_PROXY and the network; then try again."
	case neon.ProxyRefused:
		return "The proxy in the environment (HTTPS_PROXY) refused the connection to Neon, so nothing was sent. " +
			"Check the proxy's address and password, and that it allows CONNECT to Neon's host; " +
			"add the host to NO_PROXY if no proxy is needed."
	case neon.UntrustedCertificate:
		return "The server's certificate is not trusted, so nothing was sent. " +
			"If a network inspects encrypted traffic, its own authority issues the certificate: " +
			"set ca_cert_file (or the environment variable " + envCACertFile + ") to a PEM file with the certificate of that authority. " +
			"Otherwise check base_url and this machine's clock and certificates."
	case neon.MalformedID:
		return "An ID in the state, the configuration or a response does not have the form of a Neon ID, so nothing was sent. " +
			"Check the state for changes by hand, and import the object again if it is wrong."
	case neon.RateLimited:
		return "Neon's rate limit was exceeded for longer than retry_timeout. Other programs may use the same account: " +
			"try again later, lower requests_per_minute, or raise retry_timeout."
	}
	switch {
	case e.Status == 0:
		return "Neon could not be reached, or did not respond in time. Check the network and base_url, and try again."
	case e.Status == http.StatusLocked:
		return "Neon is busy with another change of this organization, for longer than retry_timeout. Try again later, or raise retry_timeout."
	case e.Status == http.StatusNotFound:
		return "Neon returns 404 both for objects that do not exist and for objects that the key may not see, " +
			"so the state stays unchanged. " +
			"Check org_id, and that the key belongs to this organization and is not limited to a project."
	case e.Status >= 500:
		return fmt.Sprintf("Neon returned a server error (%d); retry later. The state stays un"+
			"changed.", e.Status)
	case e.Status >= 200 && e.Status < 300:
		return "The provider cannot read the response, so the state stays unchanged. " +
			"Check base_url and any proxy; then try again."
	case e.Status >= 300 && e.Status < 400:
		return "The response is a redirect; check base_url. Neon's API does not redirect."
	case e.Status == http.StatusConflict:
		return "Neon refused the request because it conflicts with the current state, or with another change at the same time. " +
			"Plan again to see the current state."
	default:
		return "Neon refused the request for the reason below. Correct the configuration or the object at Neon, and try again."
	}
}
