package provider

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What the provider reads from files: its API key, and the certificates that it trusts.

// maxFile bounds such a file. The certificates of all public authorities together are a quarter of it.
const maxFile = 1 << 20

// configuredKey is the API key of a provider configuration, and where it comes from, for the beginning of a sentence.
type configuredKey struct {
	value types.String // null if there is none
	from  string
	// unknown names the argument that is not known yet.
	unknown string
}

// findKey looks for the API key: arguments go before environment variables, a key before a file.
func findKey(config providerModel, diags *diag.Diagnostics) configuredKey {
	switch {
	case config.APIKey.IsUnknown():
		return configuredKey{unknown: "api_key"}
	case !config.APIKey.IsNull():
		return configuredKey{value: config.APIKey, from: "The argument api_key"}
	case config.APIKeyFile.IsUnknown():
		return configuredKey{unknown: "api_key_file"}
	case !config.APIKeyFile.IsNull():
		return keyFromFile(config.APIKeyFile.ValueString(), "The argument api_key_file", diags)
	case os.Getenv(envAPIKey) != "":
		return configuredKey{value: types.StringValue(os.Getenv(envAPIKey)), from: "The environment variable " + envAPIKey}
	case os.Getenv(envAPIKeyFile) != "":
		return keyFromFile(os.Getenv(envAPIKeyFile), "The environment variable "+envAPIKeyFile, diags)
	default:
		return configuredKey{}
	}
}

func keyFromFile(name, from string, diags *diag.Diagnostics) configuredKey {
	at := path.Root("api_key_file")
	key := configuredKey{value: types.StringNull(), from: fmt.Sprintf("The file %q", name)}
	raw, info, err := readFile(name)
	if err == nil && len(bytes.TrimSpace(raw)) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		diags.AddAttributeError(at, "Cannot read the Neon API key", fmt.Sprintf(
			"%s names the file %q, and the API key cannot be read from it: %s.\n\nThe file must hold the key and nothing else. Nothing was sent to Neon.", from, name, err))
		return key
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o004 != 0 {
		diags.AddAttributeWarning(at, "Anyone on this machine may read the Neon API key", fmt.Sprintf(
			"The file %q has the permissions %04o. Take those of others away:\n\n    chmod o-rwx %s\n", name, info.Mode().Perm(), shellQuote(name)))
	}
	key.value = types.StringValue(string(bytes.TrimSpace(raw)))
	return key
}

// findCertificates reads the authorities that are trusted beside those of the system; nil means these alone.
func findCertificates(file types.String, diags *diag.Diagnostics) *x509.CertPool {
	name, from := file.ValueString(), "The argument ca_cert_file"
	if file.IsNull() {
		name, from = os.Getenv(envCACertFile), "The environment variable "+envCACertFile
		if name == "" {
			return nil
		}
	}
	raw, _, err := readFile(name)
	if err == nil {
		pool, systemErr := x509.SystemCertPool()
		if systemErr != nil {
			pool = x509.NewCertPool()
		}
		if pool.AppendCertsFromPEM(raw) {
			return pool
		}
		err = errors.New("it has no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
	}
	diags.AddAttributeError(path.Root("ca_cert_file"), "Cannot read the certificates of ca_cert_file", fmt.Sprintf(
		"%s names the file %q, and no certificate can be read from it: %s. Nothing was sent to Neon.", from, name, err))
	return nil
}

// readFile reads a small file once. Only a regular one: what is written to a pipe could be read by one of Terraform's
// processes only, and there are several.
func readFile(name string) ([]byte, os.FileInfo, error) {
	info, err := os.Stat(name) //nolint:gosec // the user names it
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil, errors.New("there is no such file")
	case err != nil:
		return nil, nil, plainCause(err)
	case info.IsDir():
		return nil, nil, errors.New("it is a folder")
	case !info.Mode().IsRegular():
		return nil, nil, errors.New("it is not a regular file")
	}
	file, err := os.Open(name) //nolint:gosec // the user names it
	if err != nil {
		return nil, nil, plainCause(err)
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, nil, plainCause(err)
	case len(raw) > maxFile:
		return nil, nil, errors.New("it is larger than 1 MiB")
	}
	return raw, info, nil
}

// plainCause is an error about a file without the file's name, which the message has already.
func plainCause(err error) error {
	if cause, is := errors.AsType[*os.PathError](err); is {
		return cause.Err
	}
	return err
}

// shellQuote writes a text as one word of a shell command.
func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
