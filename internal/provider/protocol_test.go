package provider_test

import (
	"cmp"
	"context"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// unknown stands for a value that is known only after apply.
type unknownValue struct{}

var unknown = unknownValue{}

// object is a configuration or state by attribute: string, bool, int, []string, map[string]string, map[string]any, nil
// or unknown.
type object map[string]any

// process plays Terraform's part of the protocol, for one provider configuration and one walk.
type process struct {
	t      *testing.T
	server provider.Server
	schema *tfprotov6.GetProviderSchemaResponse
	// identities are the identity schemas, by resource type.
	identities map[string]*tfprotov6.ResourceIdentitySchema
	// version is Terraform's; empty for a new one.
	version string
	// configured are the diagnostics of ConfigureProvider.
	configured messages
	// stop, if set, is the context of every call: Terraform cancels it on Ctrl-C.
	stop context.Context
	// settle is what main does once Terraform has left.
	settle func(context.Context) error
}

// start serves the provider and configures it.
func start(t *testing.T, config object) *process {
	t.Helper()
	factory, settle := provider.NewSettling("test")
	schema, err := servedSchema()
	if err != nil {
		t.Fatal(err)
	}
	identities, err := servedIdentities()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, server: provider.NewServer(factory()), schema: schema, identities: identities.IdentitySchemas, settle: settle}
	p.configured = p.configure(config)
	return p
}

// configure is how a walk begins.
func (p *process) configure(config object) messages {
	p.t.Helper()
	valueType := p.schema.Provider.ValueType()
	resp, err := p.server.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: cmp.Or(p.version, "1.99.0"), Config: p.dynamic(valueType, p.value(valueType, config))})
	if err != nil {
		p.t.Fatal(err)
	}
	return messages(resp.Diagnostics)
}

// admin is a process with the personal key of an admin and further provider arguments.
func admin(t *testing.T, sim *neontest.Server, more object) *process {
	t.Helper()
	config := object{"api_key": sim.PersonalKey(), "base_url": sim.URL(), "org_id": sim.OrgID()}
	maps.Copy(config, more)
	p := start(t, config)
	p.configured.none(t)
	return p
}

func (p *process) value(typ tftypes.Type, from object) tftypes.Value {
	p.t.Helper()
	objectType, ok := typ.(tftypes.Object)
	if !ok {
		p.t.Fatalf("%s is no object", typ)
	}
	if from == nil {
		return tftypes.NewValue(objectType, nil)
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range objectType.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
	}
	for name, v := range from {
		attribute, ok := objectType.AttributeTypes[name]
		if !ok {
			p.t.Fatalf("there is no attribute %q", name)
		}
		switch v := v.(type) {
		case unknownValue:
			values[name] = tftypes.NewValue(attribute, tftypes.UnknownValue)
		case map[string]string:
			elements := map[string]tftypes.Value{}
			for key, element := range v {
				elements[key] = tftypes.NewValue(tftypes.String, element)
			}
			values[name] = tftypes.NewValue(attribute, elements)
		case map[string]any: // a map with elements that are null or not known yet
			elements := map[string]tftypes.Value{}
			for key, element := range v {
				if element == unknown {
					element = tftypes.UnknownValue
				}
				elements[key] = tftypes.NewValue(tftypes.String, element)
			}
			values[name] = tftypes.NewValue(attribute, elements)
		case []any: // a set with elements that are not known yet
			elements := []tftypes.Value{}
			for _, element := range v {
				if element == unknown {
					element = tftypes.UnknownValue
				}
				elements = append(elements, tftypes.NewValue(tftypes.String, element))
			}
			values[name] = tftypes.NewValue(attribute, elements)
		case []string:
			elements := []tftypes.Value{}
			for _, element := range v {
				elements = append(elements, tftypes.NewValue(tftypes.String, element))
			}
			values[name] = tftypes.NewValue(attribute, elements)
		default:
			values[name] = tftypes.NewValue(attribute, v)
		}
	}
	return tftypes.NewValue(objectType, values)
}

func (p *process) dynamic(typ tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	p.t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(typ, value)
	if err != nil {
		p.t.Fatal(err)
	}
	return &dynamic
}

// state is what Terraform keeps of a resource between two walks.
type state struct {
	value   tftypes.Value
	private []byte
	// identity is nil in a state that is older than identities, and for an object that is not there.
	identity *tfprotov6.ResourceIdentityData
}

// get returns an attribute as text: "" for null, "(unknown)" for unknown.
func (s state) get(t *testing.T, name string) string {
	t.Helper()
	return attributeText(t, s.value, name)
}

func attributeText(t *testing.T, object tftypes.Value, name string) string {
	t.Helper()
	if object.IsNull() {
		return ""
	}
	var attributes map[string]tftypes.Value
	if err := object.As(&attributes); err != nil {
		t.Fatal(err)
	}
	attribute, ok := attributes[name]
	switch {
	case !ok:
		t.Fatalf("there is no attribute %q", name)
	case !attribute.IsKnown():
		return "(unknown)"
	case attribute.IsNull():
		return ""
	}
	var text string
	if err := attribute.As(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// identity returns an identity by attribute.
func (p *process) identity(typ string, of state) map[string]string {
	p.t.Helper()
	if of.identity == nil {
		return nil
	}
	schema := p.identities[typ]
	value, err := of.identity.IdentityData.Unmarshal(schema.ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	attributes := map[string]string{}
	for _, attribute := range schema.IdentityAttributes {
		attributes[attribute.Name] = attributeText(p.t, value, attribute.Name)
	}
	return attributes
}

// texts returns a map or set of text: "" for null, "(unknown)" for unknown. A set has its elements as keys, and those
// that are unknown as "(unknown)"; an unknown map or set has that key only.
func (s state) texts(t *testing.T, name string) map[string]string {
	t.Helper()
	attribute, ok := attributesOf(s.value)[name]
	if !ok {
		t.Fatalf("there is no attribute %q", name)
	}
	const isUnknown = "(unknown)"
	list := map[string]string{}
	if !attribute.IsKnown() {
		return map[string]string{isUnknown: ""}
	}
	if attribute.IsNull() {
		return nil
	}
	text := func(value tftypes.Value) (text string) {
		if !value.IsKnown() {
			return isUnknown
		}
		if value.IsNull() {
			return ""
		}
		if err := value.As(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	if attribute.Type().Is(tftypes.Map{}) {
		var elements map[string]tftypes.Value
		if err := attribute.As(&elements); err != nil {
			t.Fatal(err)
		}
		for key, element := range elements {
			list[key] = text(element)
		}
		return list
	}
	var elements []tftypes.Value
	if err := attribute.As(&elements); err != nil {
		t.Fatal(err)
	}
	for _, element := range elements {
		list[text(element)] = ""
	}
	return list
}

// plan is the answer to PlanResourceChange, with what an apply needs of the request.
type plan struct {
	typ     string
	prior   state
	config  tftypes.Value
	planned state
	replace []string
	messages
}

// isEmpty reports whether the plan leaves the resource as it is.
func (p plan) isEmpty() bool { return p.planned.value.Equal(p.prior.value) && len(p.replace) == 0 }

// plan plans a resource: prior is nil for a create, config nil for a destroy.
func (p *process) plan(typ string, prior *state, config object) plan {
	p.t.Helper()
	if prior == nil {
		return p.planWith(typ, nil, nil, config)
	}
	return p.planWith(typ, prior, prior.private, config)
}

// planAgain is the second plan of a replacement: without the prior state, and with the private data of the first plan.
func (p *process) planAgain(first plan, config object) plan {
	p.t.Helper()
	return p.planWith(first.typ, nil, first.planned.private, config)
}

func (p *process) planWith(typ string, prior *state, private []byte, config object) plan {
	p.t.Helper()
	schema := p.schema.ResourceSchemas[typ]
	valueType := schema.ValueType()
	result := plan{typ: typ, config: p.value(valueType, config)}
	result.prior = state{value: tftypes.NewValue(valueType, nil)}
	if prior != nil {
		result.prior = *prior
	}
	proposed := result.config
	if config != nil && prior != nil {
		var old, now map[string]tftypes.Value
		if err := prior.value.As(&old); err != nil {
			p.t.Fatal(err)
		}
		if err := proposed.As(&now); err != nil {
			p.t.Fatal(err)
		}
		now = maps.Clone(now) // it is the configuration's own
		for _, attribute := range schema.Block.Attributes {
			if attribute.Computed && now[attribute.Name].IsNull() {
				now[attribute.Name] = old[attribute.Name]
			}
		}
		proposed = tftypes.NewValue(valueType, now)
	}
	resp, err := p.server.PlanResourceChange(p.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typ, PriorState: p.dynamic(valueType, result.prior.value), PriorPrivate: private,
		Config: p.dynamic(valueType, result.config), ProposedNewState: p.dynamic(valueType, proposed), PriorIdentity: result.prior.identity,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	result.messages = messages(resp.Diagnostics)
	result.planned = state{value: tftypes.NewValue(valueType, nil), private: resp.PlannedPrivate, identity: resp.PlannedIdentity}
	if resp.PlannedState != nil {
		if result.planned.value, err = resp.PlannedState.Unmarshal(valueType); err != nil {
			p.t.Fatal(err)
		}
	}
	for _, path := range resp.RequiresReplace {
		result.replace = append(result.replace, path.String())
	}
	return result
}

// apply carries a plan out, in the process that it is called on.
func (p *process) apply(what plan) (state, messages) { return p.applyIn(p.context(), what) }

// context is the context of every call.
func (p *process) context() context.Context {
	if p.stop != nil {
		return p.stop
	}
	return p.t.Context()
}

func (p *process) applyIn(ctx context.Context, what plan) (state, messages) {
	p.t.Helper()
	valueType := p.schema.ResourceSchemas[what.typ].ValueType()
	resp, err := p.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: what.typ, PriorState: p.dynamic(valueType, what.prior.value), Config: p.dynamic(valueType, what.config),
		PlannedState: p.dynamic(valueType, what.planned.value), PlannedPrivate: what.planned.private, PlannedIdentity: what.planned.identity,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	value, err := resp.NewState.Unmarshal(valueType)
	if err != nil {
		p.t.Fatal(err)
	}
	return state{value: value, private: resp.Private, identity: resp.NewIdentity}, messages(resp.Diagnostics)
}

// read refreshes a resource.
func (p *process) read(typ string, prior state) (state, messages) {
	p.t.Helper()
	valueType := p.schema.ResourceSchemas[typ].ValueType()
	resp, err := p.server.ReadResource(p.context(), &tfprotov6.ReadResourceRequest{
		TypeName: typ, CurrentState: p.dynamic(valueType, prior.value), Private: prior.private, CurrentIdentity: prior.identity,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	value, err := resp.NewState.Unmarshal(valueType)
	if err != nil {
		p.t.Fatal(err)
	}
	return state{value: value, private: resp.Private, identity: resp.NewIdentity}, messages(resp.Diagnostics)
}

// importState imports a resource and reads it, as Terraform does.
func (p *process) importState(typ, id string) (state, messages) {
	p.t.Helper()
	return p.importRequest(&tfprotov6.ImportResourceStateRequest{TypeName: typ, ID: id})
}

// importIdentity is importState for an import block with an identity.
func (p *process) importIdentity(typ string, identity object) (state, messages) {
	p.t.Helper()
	valueType := p.identities[typ].ValueType()
	return p.importRequest(&tfprotov6.ImportResourceStateRequest{
		TypeName: typ, Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.dynamic(valueType, p.value(valueType, identity))},
	})
}

func (p *process) importRequest(req *tfprotov6.ImportResourceStateRequest) (state, messages) {
	p.t.Helper()
	resp, err := p.server.ImportResourceState(p.t.Context(), req)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(resp.ImportedResources) != 1 {
		return state{}, messages(resp.Diagnostics)
	}
	imported := resp.ImportedResources[0]
	value, err := imported.State.Unmarshal(p.schema.ResourceSchemas[req.TypeName].ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	read, more := p.read(req.TypeName, state{value: value, private: imported.Private, identity: imported.Identity})
	return read, append(messages(resp.Diagnostics), more...)
}

// data reads a data source.
func (p *process) data(typ string, config object) messages {
	p.t.Helper()
	valueType := p.schema.DataSourceSchemas[typ].ValueType()
	resp, err := p.server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: typ, Config: p.dynamic(valueType, p.value(valueType, config)),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return messages(resp.Diagnostics)
}

// planAction plans an action.
func (p *process) planAction(typ string, config object) messages {
	p.t.Helper()
	valueType := p.schema.ActionSchemas[typ].Schema.ValueType()
	resp, err := p.server.PlanAction(p.context(), &tfprotov6.PlanActionRequest{
		ActionType: typ, Config: p.dynamic(valueType, p.value(valueType, config)), ClientCapabilities: &tfprotov6.PlanActionClientCapabilities{},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return messages(resp.Diagnostics)
}

// invoke invokes an action, and returns what it reports while it runs.
func (p *process) invoke(typ string, config object) (progress []string, ended messages) {
	p.t.Helper()
	valueType := p.schema.ActionSchemas[typ].Schema.ValueType()
	stream, err := p.server.InvokeAction(p.context(), &tfprotov6.InvokeActionRequest{
		ActionType: typ, Config: p.dynamic(valueType, p.value(valueType, config)),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	for event := range stream.Events {
		switch kind := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, kind.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			ended = messages(kind.Diagnostics)
		}
	}
	return progress, ended
}

// validate validates a resource's configuration.
func (p *process) validate(typ string, config object) messages {
	p.t.Helper()
	valueType := p.schema.ResourceSchemas[typ].ValueType()
	resp, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: typ, Config: p.dynamic(valueType, p.value(valueType, config)),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return messages(resp.Diagnostics)
}

// apply2 plans and applies in two processes, as terraform apply does, and fails on any error.
func apply2(t *testing.T, sim *neontest.Server, typ string, prior *state, config object) state {
	t.Helper()
	planned := admin(t, sim, nil).plan(typ, prior, config)
	planned.noErrors(t)
	p := admin(t, sim, nil)
	again := p.plan(typ, prior, config)
	again.noErrors(t)
	made, diags := p.apply(again)
	diags.noErrors(t)
	return made
}
