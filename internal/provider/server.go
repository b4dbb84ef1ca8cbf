package provider

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// NewServer serves a provider as the framework does, and also ends calls that arrive after Terraform's
// stop. The framework ends only calls in progress at that moment; with several creates at a time, there are some
// that Terraform has sent and the provider has not begun, and these would wait for Neon's rate limits.
func NewServer(p provider.Provider) Server {
	served, has := providerserver.NewProtocol6(p)().(frameworkServer)
	if !has {
		panic("this version of terraform-plugin-framework serves no list resources or no actions")
	}
	s := &server{frameworkServer: served}
	s.start()
	return s
}

// Server is a protocol server of a provider with actions.
type Server interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
}

// frameworkServer is what the framework serves and this provider has.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// server is a frameworkServer that records Terraform's stop. Calls that close an ephemeral resource continue, because
// Terraform still needs them; so do list calls, which begin and end with one command.
type server struct {
	frameworkServer

	mu      sync.Mutex
	running context.Context // ends when Terraform stops
	stop    context.CancelFunc
}

// start begins a walk. Terraform has a process for each, a debugger one for all.
func (s *server) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil || s.running.Err() != nil {
		s.running, s.stop = context.WithCancel(context.Background())
	}
}

// untilStop makes a call that also ends when Terraform stops.
func untilStop[Request, Response any](
	ctx context.Context, s *server, call func(context.Context, Request) (Response, error), req Request,
) (Response, error) {
	ctx, end := s.endsWithStop(ctx)
	defer end()
	return printable(call(ctx, req))
}

// endsWithStop returns ctx, ending when Terraform stops. end is to be called when the call is over.
func (s *server) endsWithStop(ctx context.Context) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	unregister := context.AfterFunc(s.running, cancel)
	s.mu.Unlock()
	return ctx, func() {
		unregister()
		cancel()
	}
}

func (s *server) ConfigureProvider(
	ctx context.Context, req *tfprotov6.ConfigureProviderRequest,
) (*tfprotov6.ConfigureProviderResponse, error) {
	s.start()
	return printable(s.frameworkServer.ConfigureProvider(ctx, req))
}

func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	return s.frameworkServer.StopProvider(ctx, req)
}

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return untilStop(ctx, s, s.frameworkServer.ReadResource, req)
}

func (s *server) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return untilStop(ctx, s, s.frameworkServer.PlanResourceChange, req)
}

func (s *server) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return untilStop(ctx, s, s.frameworkServer.ApplyResourceChange, req)
}

func (s *server) ImportResourceState(
	ctx context.Context, req *tfprotov6.ImportResourceStateRequest,
) (*tfprotov6.ImportResourceStateResponse, error) {
	return untilStop(ctx, s, s.frameworkServer.ImportResourceState, req)
}

func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return untilStop(ctx, s, s.frameworkServer.ReadDataSource, req)
}

func (s *server) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return untilStop(ctx, s, s.frameworkServer.PlanAction, req)
}

// InvokeAction ends when Terraform stops, and cleans the action's messages.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	ctx, end := s.endsWithStop(ctx)
	stream, err := s.frameworkServer.InvokeAction(ctx, req)
	if stream == nil || stream.Events == nil {
		end()
		return stream, err
	}
	events := stream.Events
	stream.Events = func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer end()
		for event := range events {
			if !push(printableEvent(event)) {
				return
			}
		}
	}
	return stream, err
}

func (s *server) OpenEphemeralResource(
	ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest,
) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return untilStop(ctx, s, s.frameworkServer.OpenEphemeralResource, req)
}
