//go:build unix

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// rotatingKey lets Terraform rotate a key and find that the old one goes on working meanwhile.
func (v *visit) rotatingKey(ctx context.Context) error {
	if err := v.mayCreateKeys(ctx); err != nil {
		return err
	}
	name := v.keyName("rotating")
	w, err := v.workspace(ctx, fmt.Sprintf(`
variable "generation" {
  default = "1"
}
resource "neon_organization_rotating_api_key" "live" {
  name              = %q
  rotate_after      = "90d"
  overlap           = "7d"
  rotation_triggers = { generation = var.generation }
}
`, name))
	if err != nil {
		return err
	}
	if err := w.apply(ctx); err != nil {
		return err
	}
	first, err := w.attributes()
	if err != nil {
		return err
	}
	const second = "-var=generation=2"
	if _, err := w.terraform(ctx, 0, "apply", "-input=false", "-auto-approve", second); err != nil {
		return err
	}
	rotated, err := w.attributes()
	if err != nil {
		return err
	}
	if err := v.work(ctx, name, map[string]bool{first["key"]: true, rotated["key"]: true}); err != nil {
		return fmt.Errorf("after the rotation: %w", err)
	}
	if _, err := w.terraform(ctx, 0, "plan", "-input=false", "-detailed-exitcode", second); err != nil {
		return err
	}
	if _, err := w.terraform(ctx, 0, "destroy", "-input=false", "-auto-approve"); err != nil {
		return err
	}
	if err := v.work(ctx, name, map[string]bool{first["key"]: false, rotated["key"]: false}); err != nil {
		return fmt.Errorf("after the destroy: %w", err)
	}
	return nil
}

// work fails unless tokens work or not as they are to, and as many keys of that name are listed as are to work.
func (v *visit) work(ctx context.Context, name string, wanted map[string]bool) error {
	live := 0
	for token, works := range wanted {
		r, err := v.call(ctx, token, http.MethodGet, "/auth", nil)
		if err != nil {
			return err
		}
		if (r.status == http.StatusOK) != works {
			return fmt.Errorf("a token that is to work (%t) gets %s", works, r.said())
		}
		if works {
			live++
		}
	}
	list, err := v.listKeys(ctx)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(k apiKey) bool { return k.Name != name })
	if len(list) != live {
		return fmt.Errorf("%d keys have the name %s, %d are to", len(list), name, live)
	}
	return nil
}

// ephemeralKey lets Terraform make a key for one run, and use it in that run.
func (v *visit) ephemeralKey(ctx context.Context) error {
	if err := v.mayCreateKeys(ctx); err != nil {
		return err
	}
	if !v.tools.version.Since(10, 11) {
		return skip(v.tools.version.Name + " knows no ephemeral resources")
	}
	name := v.keyName("ephemeral")
	w, err := v.workspace(ctx, fmt.Sprintf(`
ephemeral "neon_organization_api_key" "run" {
  name = %q
}
provider "neon" {
  alias    = "run"
  api_key  = ephemeral.neon_organization_api_key.run.key
  key_type = "organization"
}
data "neon_organization_api_keys" "all" {
  provider = neon.run
}
output "open" {
  value = length([for key in data.neon_organization_api_keys.all.api_keys : key.name if key.name == %q])
}
`, name, name))
	if err != nil {
		return err
	}
	if err := w.apply(ctx); err != nil {
		return err
	}
	got, err := w.outputs()
	if err != nil {
		return err
	}
	if got["open"] != 1 {
		return fmt.Errorf("while Terraform ran, %d keys had the name %s", got["open"], name)
	}
	return v.work(ctx, name, nil)
}
