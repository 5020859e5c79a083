package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/authority"
	"github.com/anton-payments/golive/proxy/recording"
)

const (
	sandbox = "https://api.antonpayments.dev"
	handed  = "ak_test_handed0123456789abcdef"
	limit   = 10 * time.Second // for what must come; no test passes by waiting
)

// stand is a proxy between an app and a fake Anton.
type stand struct {
	*Proxy
	t      *testing.T
	path   string
	writer *recording.Writer
	ca     *authority.Authority
	direct *x509.CertPool // trusts the fake Anton
	addr   string         // of the fake Anton

	mu   sync.Mutex
	seen recording.Recording
	more *sync.Cond
	done bool

	once sync.Once
	rec  *recording.Recording
}

// fakeAnton is a TLS configuration that answers as Anton's sandbox.
func fakeAnton(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	ca, err := authority.New([]string{"api.antonpayments.dev"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.PEM())
	return &tls.Config{Certificates: []tls.Certificate{*ca.Leaf("api.antonpayments.dev")}}, roots
}

// newStand puts a proxy in front of a handler. change may alter the options.
func newStand(t *testing.T, h http.HandlerFunc, change func(*Options)) *stand {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	config, roots := fakeAnton(t)
	server.TLS = config
	server.Config.ErrorLog = quietLog
	server.StartTLS()
	t.Cleanup(server.Close)
	s := newStandAt(t, server.Listener.Addr().String(), roots, change)
	t.Cleanup(server.CloseClientConnections)
	return s
}

func newStandAt(t *testing.T, addr string, roots *x509.CertPool, change func(*Options)) *stand {
	t.Helper()
	profile := anton.Profiles[0]
	ca, err := authority.New([]string{profile.Sandbox, profile.Production}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{t: t, path: filepath.Join(t.TempDir(), "recording.jsonl"), ca: ca, direct: roots, addr: addr}
	s.more = sync.NewCond(&s.mu)
	scrub := recording.NewScrub()
	s.writer, err = recording.Create(s.path, scrub, recording.Open{Version: recording.Version, Run: "t"})
	if err != nil {
		t.Fatal(err)
	}
	s.writer.Subscribe(s.take)
	o := Options{
		Profile: profile, Writer: s.writer, Scrub: scrub, Authority: ca, Handed: handed,
		Upstream: Upstream{URL: &url.URL{Scheme: "https", Host: addr}, Roots: roots},
		Log:      t.Logf,
	}
	if change != nil {
		change(&o)
	}
	s.Proxy, err = Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.end() })
	return s
}

func (s *stand) take(e recording.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen.Add(e)
	s.more.Broadcast()
}

// await waits until the recording holds what is asked for.
func (s *stand) await(met func(*recording.Recording) bool) {
	s.t.Helper()
	late := time.AfterFunc(limit, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.done = true
		s.more.Broadcast()
	})
	defer late.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !met(&s.seen) {
		if s.done {
			s.t.Fatalf("did not come; recorded: %d exchanges, %d handshakes", len(s.seen.Exchanges), len(s.seen.Handshakes))
		}
		s.more.Wait()
	}
}

// end shuts down, once, and reads the whole recording back, chain and all.
func (s *stand) end() *recording.Recording {
	s.t.Helper()
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			s.t.Errorf("shutdown: %v", err)
		}
		_ = s.writer.Close("finished")
		rec, err := recording.ReadFile(s.path)
		if err != nil && s.writer.Err() == nil {
			s.t.Errorf("recording: %v", err)
		}
		s.rec = rec
	})
	return s.rec
}

// awaitServed waits until every connection is with the inner server.
func (s *stand) awaitServed() {
	s.poll(func(c *client) bool { return !c.shaken.IsZero() })
}

// awaitGone waits until nobody is connected.
func (s *stand) awaitGone() {
	s.poll(func(*client) bool { return false })
}

func (s *stand) poll(good func(*client) bool) {
	s.t.Helper()
	bad := func(c *client) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return !good(c)
	}
	for start := time.Now(); len(s.house.present(bad)) > 0; runtime.Gosched() {
		if time.Since(start) > limit {
			s.t.Fatal("did not come")
		}
	}
}

// only is the recording's one exchange.
func (s *stand) only() *recording.Exchange {
	s.t.Helper()
	rec := s.end()
	if len(rec.Exchanges) != 1 {
		s.t.Fatalf("%d exchanges recorded, want 1", len(rec.Exchanges))
	}
	return rec.Exchanges[0]
}

// way is how an app's client reaches Anton.
type way string

const (
	h1   way = "h1"
	h2   way = "h2"
	base way = "base"
	led  way = "led" // to the base URL's address, in Anton's name
)

func (s *stand) transport(w way) *http.Transport {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.ca.PEM())
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableCompression: true, MaxIdleConnsPerHost: 100}
	switch w {
	case base:
	case led:
		tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.base.Addr().String())
		}
	default:
		at, err := url.Parse(s.ProxyURL())
		if err != nil {
			s.t.Fatal(err)
		}
		tr.Proxy = http.ProxyURL(at)
	}
	tr.ForceAttemptHTTP2 = w == h2
	s.t.Cleanup(tr.CloseIdleConnections)
	return tr
}

func (s *stand) client(w way) *http.Client {
	return &http.Client{Transport: s.transport(w), Timeout: limit}
}

// url is a path at Anton, as this way's client writes it.
func (s *stand) url(w way, path string) string {
	if w == base {
		return s.BaseURL() + path
	}
	return sandbox + path
}

// reply is an answer, read to its end.
type reply struct {
	*http.Response
	body string
	err  error // of the body
}

func read(resp *http.Response, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	return reply{resp, string(body), err}, nil
}

// post sends a body, with header pairs, and reads the answer.
func (s *stand) post(c *http.Client, at, body string, header ...string) (reply, error) {
	s.t.Helper()
	req, err := http.NewRequest("POST", at, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for pair := range slices.Chunk(header, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	return read(c.Do(req))
}

// must is an answer that has to come whole.
func (s *stand) must(r reply, err error) reply {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	if r.err != nil {
		s.t.Fatal(r.err)
	}
	return r
}

// tunnel opens a TLS connection to Anton's name through the proxy, h1.
func (s *stand) tunnel() *tls.Conn {
	s.t.Helper()
	conn := s.connect("api.antonpayments.dev:443", nil)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.ca.PEM())
	t := tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "api.antonpayments.dev"})
	if err := t.Handshake(); err != nil {
		s.t.Fatal(err)
	}
	return t
}

// connect sends CONNECT, early in the same packet, and reads the 200.
func (s *stand) connect(target string, early []byte) net.Conn {
	s.t.Helper()
	conn := s.dial(s.door.Addr().String())
	head := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n"
	if _, err := conn.Write(append([]byte(head), early...)); err != nil {
		s.t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, &http.Request{Method: "CONNECT"})
	if err != nil || resp.StatusCode != 200 {
		s.t.Fatalf("CONNECT: %v %v", resp, err)
	}
	if n := r.Buffered(); n > 0 {
		rest, _ := r.Peek(n)
		return &preread{conn, io.MultiReader(bytes.NewReader(rest), conn)}
	}
	return conn
}

type preread struct {
	net.Conn
	r io.Reader
}

func (p *preread) Read(b []byte) (int, error) { return p.r.Read(b) }

func (s *stand) dial(addr string) net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(limit))
	s.t.Cleanup(func() { conn.Close() })
	return conn
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// each runs a test over every way in.
func each(t *testing.T, test func(t *testing.T, w way)) {
	for _, w := range []way{h1, h2, base, led} {
		t.Run(string(w), func(t *testing.T) { test(t, w) })
	}
}
