package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// guideKeysInCI lives through a rotation of the keys of 25 repositories. What a repository finds in the store
// works at any time, and what it has found there before works until the overlap is over.
func guideKeysInCI(t *testing.T, sim *neontest.Server, text string) {
	t.Helper()
	const repositories = 25
	clock, store := &calendar{}, newSecretStore()
	factories := clock.factories()
	factories["aws"] = providerserver.NewProtocol6WithError(store)
	projects := map[string]config.Variable{}
	for i := range repositories {
		projects[fmt.Sprintf("service-%d", i)] = config.StringVariable(sim.AddProject(fmt.Sprintf("Service %d", i)).ID)
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
	step := func(after time.Duration, key, version plancheck.ResourceActionType, check func() error) resource.TestStep {
		return resource.TestStep{
			PreConfig: func() {
				if before == nil {
					before = store.secrets()
				}
				clock.pass(after)
			},
			Config: text, ConfigVariables: config.Variables{"repositories": config.MapVariable(projects)}, ConfigStateChecks: holding(check),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(rotatingType+`.ci["service-7"]`, key),
				plancheck.ExpectResourceAction(`aws_secretsmanager_secret_version.ci["service-7"]`, version),
				onlyRotations(key != plancheck.ResourceActionCreate),
			}},
		}
	}
	const create, noop, update, replace = plancheck.ResourceActionCreate, plancheck.ResourceActionNoop, plancheck.ResourceActionUpdate, plancheck.ResourceActionReplace
	first := step(0, create, create, check(false, true, true))
	first.PreConfig = nil
	storeFails := step(day, update, replace, nil)
	storeFails.ConfigStateChecks, storeFails.ExpectError = nil, regexp.MustCompile("The store is closed")
	rotate := storeFails.PreConfig
	storeFails.PreConfig = func() {
		rotate()
		store.close(true)
	}
	repaired := step(time.Hour, noop, create, check(true, true, true))
	repaired.PreConfig = func() { store.close(false) }
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		Steps: []resource.TestStep{
			first,
			step(59*day, noop, noop, check(false, false, true)),
			storeFails, // after the rotation: the old keys, which the store still has, work
			repaired,
			step(13*day, noop, noop, check(true, true, true)),
			step(day, update, noop, check(true, true, false)),
			{Config: `provider "neon" {}`, ConfigStateChecks: holding(func() error {
				if len(store.secrets()) > 0 {
					return fmt.Errorf("%d secrets are left", len(store.secrets()))
				}
				return wantKeys(sim)
			})},
		},
	})
}

// onlyRotations asks the guide's filter, where there is a jq, whether a plan does nothing but rotate.
type onlyRotations bool

func (want onlyRotations) CheckPlan(ctx context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		return
	}
	plan, err := json.Marshal(req.Plan)
	if err != nil {
		resp.Error = err
		return
	}
	command := exec.CommandContext(ctx, jq, "-f", filepath.Join("..", "..", "examples", "guides", "keys-in-ci", "only-rotations.jq"))
	command.Stdin = bytes.NewReader(plan)
	switch answer, err := command.CombinedOutput(); {
	case err != nil:
		resp.Error = fmt.Errorf("the filter fails, and says %s: %w", answer, err)
	case string(bytes.TrimSpace(answer)) != fmt.Sprint(bool(want)):
		resp.Error = fmt.Errorf("the filter says %s, want %t", answer, want)
	}
}
