package provider_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// guideKeysInCI lives through a rotation of the keys of two repositories. What a repository finds in the store
// works at any time, and what it has found there before works until the overlap is over.
func guideKeysInCI(t *testing.T, sim *neontest.Server, text string) {
	t.Helper()
	const repositories = 2
	clock, store := &calendar{}, newSecretStore()
	factories := clock.factories()
	factories["aws"] = providerserver.NewProtocol6WithError(store)
	projects := map[string]string{}
	for i := range repositories {
		projects[fmt.Sprintf("service-%d", i)] = sim.AddProject(fmt.Sprintf("Service %d", i)).ID
	}

	var before map[string]string
	check := func(rotated, stored, oldWorks bool) func() error {
		return func() error {
			live, secrets := map[int64]neontest.APIKey{}, store.secrets()
			for _, key := range sim.APIKeys() {
				live[key.ID] = key
			}
			if len(secrets) != repositories {
				return fmt.Errorf("the store has %d secrets", len(secrets))
			}
			for name, token := range secrets {
				id, _ := sim.KeyIDByToken(token)
				key := live[id]
				if !sim.TokenValid(token) || key.ProjectID == "" || name != "ci/"+strings.TrimPrefix(key.Name, "ci ")+"/NEON_API_KEY" {
					return fmt.Errorf("the secret %s is not the token of a live key of its own: %v", name, key)
				}
				if rotated != (len(liveKeys(sim, key.Name)) == 2) && oldWorks {
					return fmt.Errorf("%s: %d keys live", name, len(liveKeys(sim, key.Name)))
				}
				if old := before[name]; old != "" && (stored != (old != token) || oldWorks != sim.TokenValid(old)) {
					return fmt.Errorf("%s: a new token is stored: %t, the old one works: %t", name, old != token, sim.TokenValid(old))
				}
			}
			return nil
		}
	}
	// next is an apply some time later; what it does with the key and the secret of one repository stands for all.
	next := func(after time.Duration, key, secret string, check func() error) step {
		return step{
			before: func() {
				if before == nil {
					before = store.secrets()
				}
				clock.pass(after)
			},
			config: text, variables: map[string]any{"repositories": projects}, holds: check,
			plans: func(saved []byte) error {
				actions, err := terraform.ReadPlan(saved)
				if err != nil {
					return err
				}
				if got := actions[rotatingType+`.ci["service-1"]`]; got != key {
					return fmt.Errorf("the key: %s, want %s", got, key)
				}
				if got := actions[`aws_secretsmanager_secret_version.ci["service-1"]`]; got != secret {
					return fmt.Errorf("the secret: %s, want %s", got, secret)
				}
				return onlyRotations(t, saved, key != "create")
			},
		}
	}
	first := next(0, "create", "create", check(false, true, true))
	first.before = nil
	storeFails := next(60*day, "update", "delete, create", nil)
	storeFails.fails, storeFails.says = true, []string{"The store is closed"}
	rotate := storeFails.before
	storeFails.before = func() {
		rotate()
		store.close(true)
	}
	repaired := next(time.Hour, "no-op", "create", check(true, true, true))
	repaired.before = func() { store.close(false) }
	a := attach(t, factories)
	a.needs(11, 11, "write-only arguments")
	a.applies(
		func() error {
			if len(store.secrets()) > 0 {
				return fmt.Errorf("%d secrets are left", len(store.secrets()))
			}
			return wantKeys(sim)
		},
		first,
		storeFails, // after the rotation: the old keys, which the store still has, work
		repaired,
		next(14*day, "update", "no-op", check(true, true, false)),
	)
}

// onlyRotations asks the guide's filter, where there is a jq, whether a plan does nothing but rotate.
func onlyRotations(t *testing.T, plan []byte, want bool) error {
	t.Helper()
	jq, _ := exec.LookPath("jq")
	if jq == "" {
		return nil
	}
	command := exec.CommandContext(t.Context(), jq, "-f", filepath.Join("..", "..", "examples", "guides", "keys-in-ci", "only-rotations.jq"))
	command.Stdin = bytes.NewReader(plan)
	switch answer, err := command.CombinedOutput(); {
	case err != nil:
		return fmt.Errorf("the filter fails, and says %s: %w", answer, err)
	case string(bytes.TrimSpace(answer)) != fmt.Sprint(want):
		return fmt.Errorf("the filter says %s, want %t", answer, want)
	}
	return nil
}
