package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

func TestMain(m *testing.M) {
	// What a developer has set for real Neon must not reach the tests.
	for _, name := range []string{"NEON_API_KEY", "NEON_ORG_ID", "NEON_API_HOST", "NEON_READ_ONLY"} {
		if err := os.Unsetenv(name); err != nil {
			panic(err)
		}
	}
	// Every Terraform runs beside other tests: more threads in it would only wait for each other.
	if err := os.Setenv("GOMAXPROCS", "1"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// factories serve the provider to Terraform from within the test process.
func factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"neon": providerserver.NewProtocol6WithError(provider.New("test")()),
	}
}

// simulate starts a simulator as the acceptance tests want it: small pages, and never instant, because a
// server that answers at once hides races.
func simulate(t *testing.T, change ...func(*neontest.Config)) *neontest.Server {
	t.Helper()
	cfg := neontest.Config{Latency: 2 * time.Millisecond, MaxPageSize: 3}
	for _, f := range change {
		f(&cfg)
	}
	return neontest.Start(t, cfg)
}

// using is a provider block for the simulator, with further arguments, and what stands behind it.
func using(sim *neontest.Server, key, more, config string) string {
	return fmt.Sprintf("provider \"neon\" {\n  api_key  = %q\n  base_url = %q\n  %s\n}\n%s", key, sim.URL(), more, config)
}

// asAdmin is a configuration with the personal key of an admin.
func asAdmin(sim *neontest.Server, config string) string {
	return using(sim, sim.PersonalKey(), "org_id = \""+sim.OrgID()+"\"", config)
}

// liveKeys counts the live keys with a name.
func liveKeys(sim *neontest.Server, name string) (keys []neontest.APIKey) {
	for _, key := range sim.APIKeys() {
		if key.Name == name {
			keys = append(keys, key)
		}
	}
	return keys
}

// invited lists the open invitations for an address.
func invited(sim *neontest.Server, email string) (open []neontest.Invitation) {
	for _, invitation := range sim.Invitations() {
		if strings.EqualFold(invitation.Email, email) {
			open = append(open, invitation)
		}
	}
	return open
}

// until waits for something that another goroutine makes happen.
func until(t *testing.T, happened func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !happened() {
		select {
		case <-time.After(time.Millisecond):
		case <-deadline:
			t.Fatal("it did not happen")
		}
	}
}
