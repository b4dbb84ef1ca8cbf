package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

func TestPrintsWhatTerraformPrints(t *testing.T) {
	t.Parallel()
	terraform := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if os.Getenv("TF_ACC") == "" || terraform == "" {
		t.Skip("needs TF_ACC and TF_ACC_TERRAFORM_PATH; \"make test\" sets them")
	}
	theirs := onlyProvider(t, terraformSchema(t, terraform))
	var out bytes.Buffer
	server := providerserver.NewProtocol6(provider.New("test")())()
	if err := run(t.Context(), server, provider.Address, &out); err != nil {
		t.Fatal(err)
	}
	ours := onlyProvider(t, out.Bytes())

	for _, newer := range []string{"resource_identity_schemas", "list_resource_schemas", "ephemeral_resource_schemas"} {
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
func terraformSchema(t *testing.T, terraform string) []byte {
	t.Helper()
	folder := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", filepath.Join(folder, "terraform-provider-neon"), "../..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	config := filepath.Join(folder, "cli.tfrc")
	writeFile(t, config, fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"dcbae579/neon\" = %q\n  }\n}\n", folder))
	writeFile(t, filepath.Join(folder, "main.tf"), "terraform {\n  required_providers {\n    neon = {\n      source = \"dcbae579/neon\"\n    }\n  }\n}\n")
	cmd := exec.CommandContext(t.Context(), terraform, "providers", "schema", "-json")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+config)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return out
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
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
