package provider

import (
	"bytes"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
)

// Files that the provider reads: its API key, and trusted certificates.

// maxFile bounds such a file. The certificates of all public authorities together are a quarter of it.
const maxFile = 1 << 20

// configuredAPIKey returns the API key: arguments override environment variables, and a key overrides a file. unknown is
// the argument that is not known yet.
func configuredAPIKey(config providerModel) (key neon.Secret, unknown string, diags diag.Diagnostics) {
	switch {
	case config.APIKey.IsUnknown():
		return "", "api_key", nil
	case !config.APIKey.IsNull():
		text := config.APIKey.ValueString()
		return neon.Secret(text), "", checkAPIKey(text, setByArgument("api_key"))
	case config.APIKeyFile.IsUnknown():
		return "", "api_key_file", nil
	case !config.APIKeyFile.IsNull():
		key, diags = keyFromFile(config.APIKeyFile.ValueString(), setByArgument("api_key_file"))
		return key, "", diags
	case os.Getenv(envAPIKey) != "":
		text := os.Getenv(envAPIKey)
		return neon.Secret(text), "", checkAPIKey(text, setByEnvironment(envAPIKey))
	case os.Getenv(envAPIKeyFile) != "":
		key, diags = keyFromFile(os.Getenv(envAPIKeyFile), setByEnvironment(envAPIKeyFile))
		return key, "", diags
	default:
		return "", "", diag.Diagnostics{noAPIKey()}
	}
}

func keyFromFile(name, from string) (neon.Secret, diag.Diagnostics) {
	raw, info, err := readFile(name)
	text := string(bytes.TrimSpace(raw))
	if err == nil && text == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", diag.Diagnostics{unreadableKeyFile(from, name, err)}
	}
	diags := checkAPIKey(text, setByFile(name))
	if permissions := info.Mode().Perm(); runtime.GOOS != "windows" && permissions&0o004 != 0 {
		diags.Append(readableByAnyone(name, permissions))
	}
	return neon.Secret(text), diags
}

// checkAPIKey refuses invalid API keys. No message contains the value.
func checkAPIKey(key, from string) diag.Diagnostics {
	switch {
	case key == "":
		return diag.Diagnostics{emptyAPIKey(from)}
	case strings.ContainsAny(key[:1]+key[len(key)-1:], "\"'`"):
		return diag.Diagnostics{quotedAPIKey(from)}
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return diag.Diagnostics{malformedAPIKey(from)}
	default:
		return nil
	}
}

// configuredCertificates are the authorities to trust in addition to the system's; nil means none.
func configuredCertificates(argument types.String) (roots *x509.CertPool, unknown string, diags diag.Diagnostics) {
	name, from := argument.ValueString(), setByArgument("ca_cert_file")
	switch {
	case argument.IsUnknown():
		return nil, "ca_cert_file", nil
	case argument.IsNull() && os.Getenv(envCACertFile) == "":
		return nil, "", nil
	case argument.IsNull():
		name, from = os.Getenv(envCACertFile), setByEnvironment(envCACertFile)
	}
	raw, _, err := readFile(name)
	if err != nil {
		return nil, "", diag.Diagnostics{unreadableCertificates(from, name, err)}
	}
	roots, err = x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(raw) {
		err = errors.New("it has no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
		return nil, "", diag.Diagnostics{unreadableCertificates(from, name, err)}
	}
	return roots, "", nil
}

// readFile reads a small regular file once. Terraform starts several processes of the provider, and only one of
// them could read a pipe.
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
