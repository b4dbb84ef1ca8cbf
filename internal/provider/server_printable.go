package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// All messages of this provider pass through here, so that no message has to clean text from a server or
// a state. Line breaks are ours: neon.Plain has removed others.

// printable makes the diagnostics of a response safe for a terminal and a CI job's log.
func printable[Response any](resp Response, err error) (Response, error) {
	value := reflect.ValueOf(resp)
	if value.Kind() != reflect.Pointer || value.IsNil() {
		return resp, err
	}
	if diagnostics, ok := reflect.TypeAssert[[]*tfprotov6.Diagnostic](value.Elem().FieldByName("Diagnostics")); ok {
		cleanDiagnostics(diagnostics)
	}
	return resp, err
}

func cleanDiagnostics(diagnostics []*tfprotov6.Diagnostic) {
	for _, diagnostic := range diagnostics {
		diagnostic.Summary = neon.Printable(diagnostic.Summary)
		diagnostic.Detail = neon.Printable(diagnostic.Detail)
	}
}

// ListResource also cleans the titles of the results.
func (s *server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	stream, err := s.frameworkServer.ListResource(ctx, req)
	if stream == nil || stream.Results == nil {
		return stream, err
	}
	results := stream.Results
	stream.Results = func(push func(tfprotov6.ListResourceResult) bool) {
		for result := range results {
			result.DisplayName = neon.Printable(result.DisplayName)
			cleanDiagnostics(result.Diagnostics)
			if !push(result) {
				return
			}
		}
	}
	return stream, err
}

func (s *server) ValidateProviderConfig(
	ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return printable(s.frameworkServer.ValidateProviderConfig(ctx, req))
}

func (s *server) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return printable(s.frameworkServer.ValidateResourceConfig(ctx, req))
}

func (s *server) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return printable(s.frameworkServer.UpgradeResourceState(ctx, req))
}

func (s *server) MoveResourceState(
	ctx context.Context, req *tfprotov6.MoveResourceStateRequest,
) (*tfprotov6.MoveResourceStateResponse, error) {
	return printable(s.frameworkServer.MoveResourceState(ctx, req))
}

func (s *server) UpgradeResourceIdentity(
	ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return printable(s.frameworkServer.UpgradeResourceIdentity(ctx, req))
}

func (s *server) GenerateResourceConfig(
	ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest,
) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return printable(s.frameworkServer.GenerateResourceConfig(ctx, req))
}

func (s *server) ValidateDataResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return printable(s.frameworkServer.ValidateDataResourceConfig(ctx, req))
}

func (s *server) ValidateEphemeralResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest,
) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return printable(s.frameworkServer.ValidateEphemeralResourceConfig(ctx, req))
}

func (s *server) RenewEphemeralResource(
	ctx context.Context, req *tfprotov6.RenewEphemeralResourceRequest,
) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return printable(s.frameworkServer.RenewEphemeralResource(ctx, req))
}

func (s *server) CloseEphemeralResource(
	ctx context.Context, req *tfprotov6.CloseEphemeralResourceRequest,
) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return printable(s.frameworkServer.CloseEphemeralResource(ctx, req))
}

func (s *server) ValidateListResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateListResourceConfigRequest,
) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return printable(s.frameworkServer.ValidateListResourceConfig(ctx, req))
}

func (s *server) ValidateActionConfig(
	ctx context.Context, req *tfprotov6.ValidateActionConfigRequest,
) (*tfprotov6.ValidateActionConfigResponse, error) {
	return printable(s.frameworkServer.ValidateActionConfig(ctx, req))
}

// printableEvent cleans what an action reports while it runs, and when it ends.
func printableEvent(event tfprotov6.InvokeActionEvent) tfprotov6.InvokeActionEvent {
	switch kind := event.Type.(type) {
	case tfprotov6.ProgressInvokeActionEventType:
		kind.Message = neon.Printable(kind.Message)
		event.Type = kind
	case tfprotov6.CompletedInvokeActionEventType:
		cleanDiagnostics(kind.Diagnostics)
	}
	return event
}
