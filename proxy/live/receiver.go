package live

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// receivers are the merchant's webhook endpoints, as seen from here.
type receivers struct {
	roots *x509.CertPool
	agent string
	now   func() time.Time
}

// look makes a TLS handshake with a receiver and hangs up: the facts of a
// recording.MarkReceiver beside url and subscription.
func (r *receivers) look(ctx context.Context, at *url.URL) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	facts := map[string]string{}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: at})
	if err == nil && proxy == nil {
		facts["addresses"], err = addresses(ctx, at.Hostname())
	}
	if err != nil {
		facts["error"] = err.Error()
		return facts
	}
	conn, err := r.dial(ctx, at)
	if err != nil {
		name := "error"
		if certificate := new(tls.CertificateVerificationError); errors.As(err, &certificate) {
			name, err = "certificate", certificate.Err
		} else if strings.Contains(err.Error(), "protocol version") {
			name, err = "certificate", errors.New("it speaks no TLS 1.2 or later")
		}
		facts[name] = err.Error()
		return facts
	}
	defer conn.Close()
	facts["version"] = tls.VersionName(conn.ConnectionState().Version)
	return facts
}

// addresses are those that a name leads to, parted by blanks.
func addresses(ctx context.Context, host string) (string, error) {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return "", err
	}
	var all []string
	for _, a := range found {
		all = append(all, a.Unmap().String())
	}
	return strings.Join(all, " "), nil
}

// dial is a verified TLS connection to the receiver, through the machine's own
// proxy where it has one.
func (r *receivers) dial(ctx context.Context, at *url.URL) (*tls.Conn, error) {
	target := net.JoinHostPort(at.Hostname(), cmp.Or(at.Port(), "443"))
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: at})
	if err != nil {
		return nil, err
	}
	raw, err := reach(ctx, target, proxy)
	if err != nil {
		return nil, err
	}
	c := trust(r.roots)
	c.ServerName, c.NextProtos = at.Hostname(), []string{"http/1.1"}
	conn := tls.Client(raw, c)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}

// reach connects to a host and port, through a proxy unless it is nil.
func reach(ctx context.Context, target string, proxy *url.URL) (net.Conn, error) {
	d := &net.Dialer{}
	if proxy == nil {
		return d.DialContext(ctx, "tcp", target)
	}
	if proxy.Scheme != "http" {
		return nil, fmt.Errorf("the machine's proxy is a %s one, want http", proxy.Scheme)
	}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(proxy.Hostname(), cmp.Or(proxy.Port(), "80")))
	if err != nil {
		return nil, err
	}
	ask := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: http.Header{}}
	if u := proxy.User; u != nil {
		word, _ := u.Password()
		ask.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+word)))
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	err = ask.Write(conn)
	if err == nil {
		var resp *http.Response
		if resp, err = http.ReadResponse(bufio.NewReader(conn), ask); err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("the machine's proxy answered %s", resp.Status)
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// probeBody is a delivery of no known type that nobody signed: an app that
// verifies refuses it, one that does not has nothing to act on.
const probeBody = `{"id":"evt_golive_probe","type":"golive.probe","created_at":"2026-01-01T00:00:00Z","data":{}}`

// probe sends the one unsigned POST.
func (r *receivers) probe(ctx context.Context, at *url.URL) *recording.Delivery {
	d := &recording.Delivery{
		Variant: recording.Missing, EventID: "evt_golive_probe", EventType: "golive.probe", Start: r.now(),
		Request: recording.Request{
			Method: http.MethodPost, Scheme: at.Scheme, Host: at.Host, Path: at.EscapedPath(), Query: at.RawQuery, Proto: "HTTP/1.1",
			Body: recording.Body{Text: probeBody},
		},
	}
	d.Response, d.Error = r.post(ctx, at)
	d.End = r.now()
	return d
}

func (r *receivers) post(ctx context.Context, at *url.URL) (*recording.Response, string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader([]byte(probeBody)))
	if err != nil {
		return nil, reason(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", r.agent)
	carrier := &http.Transport{DisableKeepAlives: true, DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return r.dial(ctx, at)
	}}
	resp, err := carrier.RoundTrip(req)
	if err != nil {
		return nil, reason(err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<16) // the status alone bears on the verdict
	return &recording.Response{Status: resp.StatusCode}, ""
}
