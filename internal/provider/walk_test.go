package provider_test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// declared is a resource block.
type declared struct {
	typ         string
	attributes  object
	createFirst bool // lifecycle { create_before_destroy = true }
	// dependentFails says that something that depends on it fails, so that its deposed object stays.
	dependentFails bool
}

// configuration is all resource blocks, by address.
type configuration map[string]declared

// instance is a resource in the state.
type instance struct {
	typ string
	state
	tainted bool
}

// later is an attribute of which the value is known only in the apply.
type later struct{ value any }

// known is a configuration as it is in a plan, or in an apply.
func (o object) known(applying bool) object {
	known := object{}
	for name, value := range o {
		if unresolved, is := value.(later); is && applying {
			value = unresolved.value
		} else if is {
			value = unknown
		}
		known[name] = value
	}
	return known
}

// workspace plays Terraform with many resources that do not depend on each other: what "terraform apply"
// does between reading the configuration and writing the state, with Terraform's concurrency, its taint,
// and its checks of what a provider may answer.
type workspace struct {
	t         *testing.T
	sim       *neontest.Server
	provider  object // the provider block
	instances map[string]instance
	stop      context.Context  // see process
	deposed   []instance       // old objects that a create_before_destroy could not destroy
	now       func() time.Time // the provider's clock, if it is not the real one

	// How the next walk is run: without a refresh, one resource after the other in this order, and with addresses that
	// are replaced whether they have changed or not.
	noRefresh   bool
	oneByOne    []int
	mustReplace map[string]bool
	// shown is what the plan of the last walk has shown.
	shown []change

	mu     sync.Mutex
	broken []string // what Terraform would call a bug in the provider
}

// parallelism is Terraform's default.
const parallelism = 10

func newWorkspace(t *testing.T, sim *neontest.Server, baseURL string, more object) *workspace {
	t.Helper()
	block := object{"api_key": sim.PersonalKey(), "base_url": baseURL, "org_id": sim.OrgID()}
	maps.Copy(block, more)
	return &workspace{t: t, sim: sim, provider: block, instances: map[string]instance{}}
}

// servedSchema is the provider's schema, asked for once in the test process: it takes longer than a walk.
var servedSchema = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	return provider.NewServer(provider.New("test")()).GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// servedIdentities are the identity schemas, asked for once too.
var servedIdentities = sync.OnceValues(func() (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return provider.NewServer(provider.New("test")()).GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
})

// process starts a provider process, as each walk does.
func (w *workspace) process() *process {
	w.t.Helper()
	schema, err := servedSchema()
	if err != nil {
		w.t.Fatal(err)
	}
	now := time.Now
	if w.now != nil {
		now = w.now
	}
	factory, settle := provider.NewAt("test", now)
	p := &process{t: w.t, server: provider.NewServer(factory()), schema: schema, stop: w.stop, settle: settle}
	p.configure(w.provider).none(w.t)
	return p
}

// change is what a plan has for one address.
type change struct {
	address string
	config  *declared
	plan    plan // of the new object; for a destroy, of the end of the old one
	old     *instance
	deposed bool
	update  bool // in place
}

// walked is what a user sees of one "terraform apply".
type walked struct {
	planned, applied messages
	changes          int
}

func (w walked) all() messages { return append(slices.Clone(w.planned), w.applied...) }

func (m messages) errors() messages {
	return slices.DeleteFunc(slices.Clone(m), func(d *tfprotov6.Diagnostic) bool { return d.Severity != tfprotov6.DiagnosticSeverityError })
}

// walk refreshes, plans and, unless that failed, applies in a fresh process. The state only changes in
// the apply, or where there is nothing to apply. beforeApply is called between the two.
func (w *workspace) walk(config configuration, beforeApply func()) walked {
	w.t.Helper()
	var result walked
	refreshed, changes := map[string]instance{}, []change{}
	var deposed []instance
	planning := w.process()
	jobs := []func(){}
	addresses := slices.Collect(maps.Keys(config))
	for address := range w.instances {
		if _, ok := config[address]; !ok {
			addresses = append(addresses, address)
		}
	}
	slices.Sort(addresses)
	for _, address := range addresses {
		jobs = append(jobs, func() {
			now, next, diags := w.planOne(planning, address, config)
			w.mu.Lock()
			defer w.mu.Unlock()
			result.planned = append(result.planned, diags...)
			if now != nil {
				refreshed[address] = *now
			}
			if next != nil {
				changes = append(changes, *next)
			}
		})
	}
	for _, old := range w.deposed {
		// Deposed objects come first as a rule.
		jobs = slices.Insert(jobs, 0, func() {
			next, diags := w.planDeposed(planning, old)
			w.mu.Lock()
			defer w.mu.Unlock()
			result.planned = append(result.planned, diags...)
			if next != nil {
				deposed = append(deposed, *next.old)
				changes = append(changes, *next)
			}
		})
	}
	w.inParallel(jobs)
	w.shown = changes
	if len(result.planned.errors()) > 0 {
		return result
	}
	result.changes = len(changes)
	w.instances, w.deposed = refreshed, deposed
	if len(changes) == 0 {
		return result
	}
	if beforeApply != nil {
		beforeApply()
	}
	applying := w.process()
	w.deposed = nil
	jobs = nil
	for _, next := range changes {
		jobs = append(jobs, func() {
			diags := w.applyOne(applying, next)
			w.mu.Lock()
			defer w.mu.Unlock()
			result.applied = append(result.applied, diags...)
		})
	}
	w.inParallel(jobs)
	return result
}

func (w *workspace) inParallel(jobs []func()) {
	var group sync.WaitGroup
	slots := make(chan struct{}, parallelism)
	if w.oneByOne != nil { // -parallelism=1: in any order
		for i := range jobs {
			j := i + w.oneByOne[i%len(w.oneByOne)]%(len(jobs)-i)
			jobs[i], jobs[j] = jobs[j], jobs[i]
			jobs[i]()
		}
		return
	}
	for _, job := range jobs {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			job()
		})
	}
	group.Wait()
}

func (w *workspace) planOne(p *process, address string, config configuration) (now *instance, next *change, diags messages) {
	if old, ok := w.instances[address]; ok {
		read, readDiags := old.state, messages(nil)
		if !w.noRefresh {
			read, readDiags = p.read(old.typ, old.state)
		}
		diags = readDiags
		if len(diags.errors()) > 0 {
			if !read.value.Equal(old.value) {
				w.contradict("%s: a failing read changed the state from %s to %s", address, old.value, read.value)
			}
			return &old, nil, diags
		}
		if !read.value.IsNull() {
			now = &instance{typ: old.typ, state: read, tainted: old.tainted}
			w.known(address+", read", read.value)
			w.stripped(address+", read", read)
		}
	}
	block, wanted := config[address]
	switch {
	case !wanted && now == nil:
		return nil, nil, diags
	case !wanted:
		// Terraform refreshes what has left the configuration, and then plans its end from the state before that.
		old := w.instances[address]
		planned := p.plan(old.typ, &old.state, nil)
		return now, &change{address: address, plan: planned, old: &old}, append(diags, planned.messages...)
	case now == nil || now.tainted:
		planned := p.plan(block.typ, nil, block.attributes.known(false))
		w.checkPlan(address, planned)
		return now, &change{address: address, config: &block, plan: planned, old: now}, append(diags, planned.messages...)
	}
	planned := p.plan(block.typ, &now.state, block.attributes.known(false))
	diags = append(diags, planned.messages...)
	if len(diags.errors()) > 0 {
		return now, nil, diags
	}
	w.checkPlan(address, planned)
	if w.mustReplace[address] || replaces(planned) {
		planned = p.planAgain(planned, block.attributes.known(false))
		w.checkPlan(address, planned)
		if len(planned.errors()) > 0 { // else Terraform drops what this call says
			diags = append(diags, planned.messages...)
		}
		return now, &change{address: address, config: &block, plan: planned, old: now}, diags
	}
	if planned.planned.value.Equal(now.value) {
		return now, nil, diags
	}
	return now, &change{address: address, config: &block, plan: planned, old: now, update: true}, diags
}

func (w *workspace) planDeposed(p *process, old instance) (*change, messages) {
	read, diags := old.state, messages(nil)
	if !w.noRefresh {
		read, diags = p.read(old.typ, old.state)
	}
	if len(diags.errors()) > 0 || read.value.IsNull() {
		return nil, diags
	}
	now := &instance{typ: old.typ, state: read}
	planned := p.plan(old.typ, &now.state, nil)
	return &change{address: "deposed", plan: planned, old: now, deposed: true}, append(diags, planned.messages...)
}

var attributePath = regexp.MustCompile(`AttributeName\("([a-z_]+)"\)`)

// replaces reports whether an attribute that requires a replacement does change, as Terraform counts it.
func replaces(p plan) bool {
	before, after := attributesOf(p.prior.value), attributesOf(p.planned.value)
	for _, path := range p.replace {
		name := attributePath.FindStringSubmatch(path)
		if name != nil && (!after[name[1]].IsFullyKnown() || !after[name[1]].Equal(before[name[1]])) {
			return true
		}
	}
	return false
}

func (w *workspace) applyOne(p *process, next change) messages {
	if next.deposed {
		return w.destroyDeposed(p, next, *next.old)
	}
	if next.config == nil { // a destroy, of which Terraform makes no second plan
		return w.destroy(p, next, *next.old)
	}
	var diags messages
	createFirst := next.config.createFirst
	replaced := next.old != nil && !next.update
	if replaced && !createFirst {
		if diags = w.destroy(p, next, *next.old); len(diags.errors()) > 0 {
			return diags
		}
	}
	var prior *state
	if next.update {
		prior = &next.plan.prior
	}
	again := p.plan(next.plan.typ, prior, next.config.attributes.known(true))
	diags = append(diags, again.messages...)
	if len(again.errors()) > 0 {
		return diags
	}
	if problem := disagreement(next.plan.planned.value, again.planned.value); problem != "" {
		const summary = "Provider produced inconsistent final plan"
		w.contradict("%s: %s: %s", next.address, summary, problem)
		return append(diags, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: summary, Detail: next.address + ": " + problem})
	}
	made, more := p.apply(again)
	diags = append(diags, more...)
	failed := len(more.errors()) > 0
	switch {
	case !failed:
		if made.value.IsNull() {
			w.contradict("%s: no object after a successful apply", next.address)
			return diags
		}
		if problem := disagreement(again.planned.value, made.value); problem != "" {
			w.contradict("%s: the result differs from the plan: %s", next.address, problem)
		}
		w.known(next.address+", applied", made.value)
		w.stripped(next.address+", applied", made)
	case made.value.IsNull() && prior != nil:
		made = *prior
	}
	w.mu.Lock()
	if !made.value.IsNull() {
		w.instances[next.address] = instance{typ: next.plan.typ, state: made, tainted: failed && prior == nil}
	}
	w.mu.Unlock()
	if replaced && createFirst {
		if made.value.IsNull() {
			return diags // the old object stays what it was
		}
		if failed || next.config.dependentFails {
			w.mu.Lock()
			w.deposed = append(w.deposed, *next.old)
			w.mu.Unlock()
			return diags
		}
		diags = append(diags, w.destroyDeposed(p, next, *next.old)...)
	}
	return diags
}

// destroyDeposed plans the end of a deposed object in the process that carries it out.
func (w *workspace) destroyDeposed(p *process, next change, old instance) messages {
	next.deposed = true
	next.plan = p.plan(old.typ, &old.state, nil)
	diags := next.plan.messages
	if len(diags.errors()) > 0 {
		w.mu.Lock()
		w.deposed = append(w.deposed, old)
		w.mu.Unlock()
		return diags
	}
	return append(diags, w.destroy(p, next, old)...)
}

// destroy ends an object and takes it out of the state.
func (w *workspace) destroy(p *process, next change, old instance) messages {
	null := tftypes.NewValue(p.schema.ResourceSchemas[old.typ].ValueType(), nil)
	left, diags := p.apply(plan{typ: old.typ, prior: old.state, config: null, planned: state{value: null, private: next.plan.planned.private}})
	failed := len(diags.errors()) > 0
	if !failed && !left.value.IsNull() {
		w.contradict("%s: an object is left after a successful destroy", next.address)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case next.deposed && failed:
		w.deposed = append(w.deposed, old)
	case !next.deposed && !failed:
		delete(w.instances, next.address)
	}
	return diags
}

// pass lets time pass, which in a bubble costs none.
func pass(d time.Duration) { <-time.After(d) }

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}
