package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

func TestPrintsWhatTerraformPrints(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("needs a Terraform: \"make test\" says which")
	}
	theirs := onlyProvider(t, terraformSchema(t))
	var out bytes.Buffer
	server := providerserver.NewProtocol6(provider.New("test")())()
	if err := run(t.Context(), server, provider.Address, &out); err != nil {
		t.Fatal(err)
	}
	ours := onlyProvider(t, out.Bytes())

	for _, newer := range []string{"resource_identity_schemas", "list_resource_schemas", "ephemeral_resource_schemas", "action_schemas"} {
		if _, known := theirs[newer]; !known {
			delete(ours, newer) // this Terraform is too old for them
		}
	}
	for part := range theirs {
		if !reflect.DeepEqual(ours[part], theirs[part]) {
			t.Errorf("%s differs:\nours:   %v\ntheirs: %v", part, ours[part], theirs[part])
		}
		delete(ours, part)
	}
	if len(ours) > 0 {
		t.Errorf("only ours: %v", ours)
	}
}

// terraformSchema is what a real Terraform prints of the provider.
func terraformSchema(t *testing.T) []byte {
	t.Helper()
	binary, err := terraform.Find()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if _, err := terraform.Install(t.Context(), folder, "", provider.Address); err != nil {
		t.Fatal(err)
	}
	config, err := terraform.OverrideConfig(folder, folder, "dcbae579/neon")
	if err != nil {
		t.Fatal(err)
	}
	const main = "terraform {\n  required_providers {\n    neon = { source = \"dcbae579/neon\" }\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(folder, "main.tf"), []byte(main), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := terraform.Workspace{Binary: binary, Dir: folder, Env: terraform.Environment(config)}.Command(t.Context(), "providers", "schema", "-json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return out
}

func onlyProvider(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var printed struct {
		FormatVersion string                    `json:"format_version"`
		Providers     map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &printed); err != nil {
		t.Fatal(err)
	}
	if printed.FormatVersion != "1.0" || len(printed.Providers) != 1 {
		t.Fatalf("format version %q with %d providers, want 1.0 with one", printed.FormatVersion, len(printed.Providers))
	}
	for _, only := range printed.Providers {
		return only
	}
	return nil
}
