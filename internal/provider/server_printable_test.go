package provider_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// Every call of the protocol whose answer has diagnostics passes them through the one function that makes them fit to
// print, also a call that a later version of the protocol adds: the framework repeats the name of a type that it does
// not know, and that name is hostile here.
func TestEveryDiagnosticIsFitToPrint(t *testing.T) {
	t.Parallel()
	const name = "neon_\x1b[8m::stop-commands::x##[group]\u202e"
	factory, _ := provider.NewSettling("test")
	server := reflect.ValueOf(provider.NewServer(factory()))
	// These have no type's name to repeat: they say what is wrong with a provider block, or with nothing.
	without := []string{"GetMetadata", "GetProviderSchema", "GetResourceIdentitySchemas", "ValidateProviderConfig", "ConfigureProvider", "GetFunctions", "CallFunction"}
	checked := 0
	for i := range server.NumMethod() {
		method := server.Type().Method(i)
		if method.Type.NumIn() != 3 || method.Type.NumOut() != 2 || slices.Contains(without, method.Name) {
			continue
		}
		request := reflect.New(method.Type.In(2).Elem())
		for _, field := range []string{"TypeName", "TargetTypeName", "ActionType"} {
			if f := request.Elem().FieldByName(field); f.IsValid() {
				f.SetString(name)
			}
		}
		answer := server.Method(i).Call([]reflect.Value{reflect.ValueOf(t.Context()), request})[0]
		var diagnostics messages
		if stream, ok := reflect.TypeAssert[*tfprotov6.ListResourceServerStream](answer); ok {
			for result := range stream.Results {
				diagnostics = append(diagnostics, result.Diagnostics...)
			}
		} else if stream, ok := reflect.TypeAssert[*tfprotov6.InvokeActionServerStream](answer); ok {
			for event := range stream.Events {
				diagnostics = append(diagnostics, event.Type.(tfprotov6.CompletedInvokeActionEventType).Diagnostics...)
			}
		} else if field := answer.Elem().FieldByName("Diagnostics"); field.IsValid() {
			diagnostics = field.Interface().([]*tfprotov6.Diagnostic)
		} else {
			continue
		}
		if !strings.Contains(diagnostics.String(), "stop-commands") {
			t.Errorf("%s does not repeat the name: how is it to be checked?\n%s", method.Name, diagnostics)
		}
		diagnostics.fitToPrint(t, method.Name)
		checked++
	}
	if checked < 18 {
		t.Errorf("only %d calls were checked", checked)
	}
}
