package neon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// newBase returns the HTTP transport: proxies from the environment, HTTP/2 with detection of dead connections, TLS 1.2 or later.
func newBase(roots *x509.CertPool) *http.Transport {
	base := &http.Transport{}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		base = standard.Clone()
	}
	base.MaxIdleConnsPerHost = 64 // as many as Terraform's parallelism is likely to be
	base.MaxResponseHeaderBytes = maxHeader
	base.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout}
	base.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	base.OnProxyConnectResponse = func(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
		if resp.StatusCode == http.StatusOK {
			return nil
		}
		return &proxyError{host: proxy.Host, status: resp.StatusCode}
	}
	return base
}

// proxyError is a proxy that refuses a connection.
type proxyError struct {
	host   string // without the password that its address may have
	status int
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s refuses to connect to Neon: HTTP %d %s", e.host, e.status, http.StatusText(e.status))
}

// certificateError is a server whose certificate is not trusted.
type certificateError struct {
	text string
	err  error
}

func (e *certificateError) Error() string { return e.text }
func (e *certificateError) Unwrap() error { return e.err }

// describeTLS names the issuer of an untrusted certificate. This identifies a network that inspects encrypted
// traffic.
func describeTLS(key Secret, host string, err error) error {
	untrusted, is := errors.AsType[*tls.CertificateVerificationError](err)
	if !is {
		return err
	}
	text := fmt.Sprintf("the certificate of %s is not trusted: %s", host, quote(key, untrusted.Err.Error()))
	if len(untrusted.UnverifiedCertificates) > 0 {
		last := untrusted.UnverifiedCertificates[len(untrusted.UnverifiedCertificates)-1]
		text += fmt.Sprintf("; it was issued by %q", quote(key, untrusted.UnverifiedCertificates[0].Issuer.String()))
		if issuer := last.Issuer.String(); issuer != untrusted.UnverifiedCertificates[0].Issuer.String() {
			text += fmt.Sprintf(", under %q", quote(key, issuer))
		}
	}
	return &certificateError{text, err}
}
