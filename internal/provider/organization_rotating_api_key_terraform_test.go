package provider_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// calendar is a clock that a test sets forward.
type calendar struct{ ahead atomic.Int64 }

func (c *calendar) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *calendar) pass(d time.Duration) { c.ahead.Add(int64(d)) }

func (c *calendar) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	factory, _ := provider.NewAt("test", c.now)
	return map[string]func() (tfprotov6.ProviderServer, error){"neon": providerserver.NewProtocol6WithError(factory())}
}

// A moved block takes the key over, as it is, and it rotates from then on.
func TestRotatingKeyMovedFromAKey(t *testing.T) {
	t.Parallel()
	clock := &calendar{}
	sim := simulate(t, func(c *neontest.Config) { c.Now = clock.now })
	a := attach(t, clock.factories())
	a.needs(8, 8, "moved blocks across types")
	const from, to = keyType + ".ci", rotatingType + ".ci"
	moved := fmt.Sprintf("moved {\n from = %s\n to = %s\n}\n", from, to)
	block := func(after string) string {
		return asAdmin(sim, moved+fmt.Sprintf("resource %q \"ci\" {\n name = \"ci\"\n rotation_triggers = { a = \"b\" }\n rotate_after = %q\n}", rotatingType, after))
	}
	var id int64
	var token any
	a.applies(
		nil,
		step{
			config: asAdmin(sim, fmt.Sprintf("resource %q \"ci\" {\n name = \"ci\"\n rotation_triggers = { a = \"b\" }\n}", keyType)),
			holds: func() error {
				id, token = liveKeys(sim, "ci")[0].ID, a.attributes(from)["key"]
				return nil
			},
		},
		step{
			before: func() { clock.pass(20 * day) },
			config: block("60d"), actions: map[string]string{to: "move"},
			holds: func() error {
				keys, attributes := liveKeys(sim, "ci"), a.attributes(to)
				if len(keys) != 1 || keys[0].ID != id || attributes["key"] != token || attributes["key_id"] != fmt.Sprint(id) || attributes["rotated_at"] != stamp(keys[0].CreatedAt) {
					return fmt.Errorf("live: %v, state: %v", keys, attributes)
				}
				return nil
			},
		},
		step{
			before: func() { clock.pass(10 * day) },
			config: block("30d"), actions: map[string]string{to: "update"},
			holds: func() error {
				if keys := liveKeys(sim, "ci"); len(keys) != 2 || !sim.TokenValid(fmt.Sprint(token)) || a.attributes(to)["key"] == token {
					return fmt.Errorf("live: %v", keys)
				}
				return nil
			},
		},
	)
}
