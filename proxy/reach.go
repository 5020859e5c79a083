package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// turnedAway is the machine's own proxy that refuses a tunnel.
type turnedAway struct{ status int }

func (e *turnedAway) Error() string {
	return fmt.Sprintf("the proxy on the way answered %d %s", e.status, http.StatusText(e.status))
}

// Through has a transport go by the machine's own proxy, and know why that one
// refuses. way nil changes nothing.
func Through(t *http.Transport, way *url.URL) {
	if way == nil {
		return
	}
	t.Proxy = http.ProxyURL(way)
	t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
		if resp.StatusCode != http.StatusOK {
			return &turnedAway{resp.StatusCode}
		}
		return nil
	}
}

// Trouble tells why a host was not reached through a transport of Through, and
// what to do; what is "" when the error tells nothing more. No credentials are in
// it.
func Trouble(err error, host string, way *url.URL) (what, cure string) {
	var refused *turnedAway
	var dial *net.OpError
	var unknown x509.UnknownAuthorityError
	var wrong *tls.CertificateVerificationError
	switch {
	case errors.As(err, &refused) && way != nil:
		return refused.told(host, way)
	case errors.As(err, &dial) && dial.Op == "proxyconnect" && way != nil:
		return fmt.Sprintf("the proxy %s cannot be reached: %s", way.Host, dial.Err), "check HTTPS_PROXY, or take it out where none is needed"
	case errors.As(err, &unknown):
		what := fmt.Sprintf("the certificate of %s is not trusted here", host)
		if unknown.Cert != nil {
			what += fmt.Sprintf(": it was issued by %q", unknown.Cert.Issuer.CommonName)
		}
		return what, "if that is your network's or test stand's own authority, name a file of all roots with that one in SSL_CERT_FILE"
	case errors.As(err, &wrong):
		return fmt.Sprintf("the certificate of %s is not good: %s", host, wrong.Err), "check upstream in golive.yaml"
	}
	return "", ""
}

func (e *turnedAway) told(host string, way *url.URL) (what, cure string) {
	switch {
	case e.status == http.StatusProxyAuthRequired && way.User == nil:
		return fmt.Sprintf("the proxy %s wants credentials (407)", way.Host), "write them into HTTPS_PROXY: http://USER:PASSWORD@" + way.Host
	case e.status == http.StatusProxyAuthRequired:
		return fmt.Sprintf("the proxy %s refuses the credentials in HTTPS_PROXY (407)", way.Host),
			"mend user and password there, special characters as %XX; a proxy that wants NTLM or Kerberos needs a helper such as cntlm before it"
	}
	return fmt.Sprintf("the proxy %s opens no way to %s (%d)", way.Host, host, e.status), "have it let " + host + " through, or check HTTPS_PROXY and NO_PROXY"
}
