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

// failure turns an error of the API into a diagnostic: what failed, why, what to do next.
func failure(summary string, err error) diag.Diagnostic {
	var detail []string
	e, isNeon := neon.AsError(err)
	switch {
	case errors.Is(err, context.Canceled):
		interrupted := "The run was interrupted."
		if isNeon && e.Method != http.MethodGet && e.Outcome == neon.Refused {
			interrupted += " This change was not carried out, or was undone."
		}
		detail = append(detail, interrupted+" Plan again to see what is left to do.")
	case !isNeon:
		detail = append(detail, err.Error())
	default:
		detail = append(detail, reason(e))
	}
	if isNeon {
		switch e.Outcome {
		case neon.Uncertain:
			detail = append(detail, "It is not known whether Neon carried this out: the answer was lost, and the lists did not show it. "+
				"Compare with the Neon Console; the next plan shows what is missing.")
		case neon.CarriedOut:
			detail = append(detail, "Neon accepted the request, but its answer could not be used. "+
				"Compare with the Neon Console; the next plan shows what differs.")
		}
		detail = append(detail, e.Error())
	}
	return failedRequest{diag.NewErrorDiagnostic(summary, strings.Join(detail, "\n\n"))}
}

// failedRequest tells an error of the API from one that the provider has found itself.
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

// reason explains an answer of Neon's, and what to do. The refusals are those of Neon's key matrix.
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
		return "The owner of the key is not allowed to do this: changing an organization needs an admin. " +
			"Use an admin's key (" + keySetting + ")."
	case neon.ProjectNotFound:
		return "Neon does not know the project, or it is not a project of this organization. Check project_id."
	case neon.NotNeon:
		return "This is not an answer of Neon's: something between here and Neon answered (a proxy, a firewall, a login page), " +
			"or base_url is not the address of Neon's API. " +
			"Nothing is concluded from it, about the API key either, and the state stays as it was. " +
			"Check base_url, HTTPS_PROXY and the network; then try again."
	case neon.ProxyRefused:
		return "The proxy that the environment names (HTTPS_PROXY) did not let the provider connect to Neon, so nothing was sent. " +
			"Check the proxy's address and password, and that it allows CONNECT to Neon's host; " +
			"add the host to NO_PROXY if it is reachable without."
	case neon.UntrustedCertificate:
		return "The server could not prove that it is Neon, so nothing was sent. " +
			"Where a company's network inspects encrypted traffic, its own authority issues the certificate: " +
			"set ca_cert_file (or the environment variable " + envCACertFile + ") to a PEM file with the certificate of that authority. " +
			"Otherwise check base_url and this machine's clock and certificates."
	case neon.MalformedID:
		return "An ID in the state, the configuration or an answer does not have the form of a Neon ID, so nothing was sent. " +
			"Check the state for changes by hand, and import the object again if it is wrong."
	case neon.RateLimited:
		return "Neon's rate limit was exceeded for longer than retry_timeout. Other programs may use the same account: " +
			"try again later, lower requests_per_minute, or raise retry_timeout."
	}
	switch {
	case e.Status == 0:
		return "Neon could not be reached, or did not answer in time. Check the network and base_url, and try again."
	case e.Status == http.StatusLocked:
		return "Neon is busy with another change of this organization, for longer than retry_timeout. Try again later, or raise retry_timeout."
	case e.Status == http.StatusNotFound:
		return "Neon answers 404 both for what does not exist and for what the key may not see, " +
			"so nothing is concluded from it and the state stays as it was. " +
			"Check org_id, and that the key belongs to this organization and is not limited to a project."
	case e.Status >= 500:
		return fmt.Sprintf("Neon returned a server error (%d); retry later. Nothing is concluded from it, and the state stays as it "+
			"was.", e.Status)
	case e.Status >= 200 && e.Status < 300:
		return "Neon's answer cannot be used, so nothing is concluded from it and the state stays as it was. " +
			"Check base_url, and any proxy on the way; then try again."
	case e.Status >= 300 && e.Status < 400:
		return "The answer is a redirect; check base_url. Neon's API does not redirect."
	case e.Status == http.StatusConflict:
		return "Neon refused the request because it conflicts with what is there, or with another change at the same time. " +
			"Plan again to see what there is now."
	default:
		return "Neon refused the request, and says why below. Correct the configuration, or what it depends on at Neon, and try again."
	}
}
