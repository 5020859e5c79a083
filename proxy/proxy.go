// Package proxy stands between a merchant's app and Anton: a recording
// man-in-the-middle for Anton's hosts alone. Every request crosses to Anton in
// one function, which records it and, where a fault is armed, fails on purpose.
// All other traffic passes untouched and unrecorded.
package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"hash"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/authority"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/elazarl/goproxy"
)

// patience is how long a client may take for a handshake or a request head.
const patience = 10 * time.Second

// maxHead bounds the head of a request, in bytes.
const maxHead = 1 << 20

// Options say what a proxy stands in front of and where it records to. All are
// needed but Handed and Log.
type Options struct {
	Profile   *anton.Profile
	Writer    *recording.Writer
	Scrub     *recording.Scrub
	Authority *authority.Authority
	Upstream  Upstream
	Handed    string                           // the key handed to the app; "" when the harness did not start it
	Log       func(format string, args ...any) // narration; nil: none
}

// Upstream is where Anton answers.
type Upstream struct {
	// URL has scheme and host alone. Requests keep Anton's name as their Host; the
	// TLS name is the URL's host or, when that is an address, the sandbox's.
	URL   *url.URL
	Roots *x509.CertPool // nil: the system's
	Key   string         // replaces Handed on the way up; "" leaves it
	Proxy *url.URL       // the machine's own proxy, with credentials; nil: none
}

// Proxy is a running proxy. Safe for concurrent use; use Start.
type Proxy struct {
	profile  *anton.Profile
	writer   *recording.Writer
	scrub    *recording.Scrub
	ca       *authority.Authority
	up       *http.Transport
	straight *lanes
	to       Upstream
	handed   string
	served   string // the Anton host that the upstream is
	log      func(string, ...any)

	outer, inner           *http.Server
	door, base             net.Listener
	arrivals               *arrivals
	goproxy                *goproxy.ProxyHttpServer
	tls, usualTLS, trapTLS *tls.Config

	passed passed // foreign hosts
	scope  scope
	faults faults
	house  house
	trust  trust

	hashes sync.Pool // of bodies
	sum    func() hash.Hash

	calls    atomic.Int64
	crossing sync.WaitGroup // exchanges under way
	ending   chan struct{}  // closed when Shutdown begins
	end      sync.Once
}

// Start listens on two free ports of 127.0.0.1 and serves until Shutdown.
func Start(o Options) (*Proxy, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	p := &Proxy{
		profile: o.Profile, writer: o.Writer, scrub: o.Scrub, ca: o.Authority,
		to: o.Upstream, handed: o.Handed, log: o.Log, ending: make(chan struct{}),
	}
	if p.log == nil {
		p.log = func(string, ...any) {}
	}
	p.served = p.profile.Sandbox
	if strings.EqualFold(o.Upstream.URL.Hostname(), p.profile.Production) {
		p.served = p.profile.Production
	}
	p.knowKeys()
	p.hashes.New = func() any { return p.scrub.Hash() }
	p.sum = func() hash.Hash {
		h := p.hashes.Get().(hash.Hash)
		h.Reset()
		return h
	}
	p.up = p.transport()
	p.straight = p.lanes()
	p.secure()
	p.connect()
	if err := p.listen(); err != nil {
		return nil, err
	}
	return p, nil
}

func (o Options) check() error {
	u := o.Upstream.URL
	switch {
	case o.Profile == nil, o.Writer == nil, o.Scrub == nil, o.Authority == nil:
		return errors.New("proxy: profile, writer, scrub and authority are needed")
	case u == nil, u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return errors.New("proxy: upstream: want a URL such as https://api.antonpayments.dev")
	case u.Path != "" && u.Path != "/", u.RawQuery != "":
		return fmt.Errorf("proxy: upstream %s: want scheme and host alone", u.Redacted())
	}
	return nil
}

// knowKeys keeps both keys out of the recording, wherever they turn up.
func (p *Proxy) knowKeys() {
	for _, key := range []string{p.handed, p.to.Key} {
		if key == "" {
			continue
		}
		kind := recording.KindTestKey
		if strings.HasPrefix(key, "ak_live_") {
			kind = recording.KindLiveKey
		}
		p.scrub.Know(kind, key)
	}
}

func (p *Proxy) listen() (err error) {
	if p.door, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("proxy: listen: %w", err)
	}
	if p.base, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return errors.Join(fmt.Errorf("proxy: listen: %w", err), p.door.Close())
	}
	p.arrivals = &arrivals{conns: make(chan net.Conn), gone: make(chan struct{}), addr: p.door.Addr()}
	p.serveOuter()
	p.serveInner()
	go p.serveBase()
	return nil
}

// ProxyURL is what HTTPS_PROXY is set to: "http://127.0.0.1:port".
func (p *Proxy) ProxyURL() string { return "http://" + p.door.Addr().String() }

// BaseURL stands for Anton's for stacks that know no proxy:
// "https://127.0.0.1:port".
func (p *Proxy) BaseURL() string { return "https://" + p.base.Addr().String() }

// Calls counts the requests to Anton so far, answered or not.
func (p *Proxy) Calls() int { return int(p.calls.Load()) }

// Shutdown takes no more connections, ends hanging faults, waits for the
// exchanges under way, then closes tunnels and what is left. When ctx ends
// first it closes everything at once and returns ctx's error.
func (p *Proxy) Shutdown(ctx context.Context) error {
	p.end.Do(func() { close(p.ending) })
	err := errors.Join(p.door.Close(), p.base.Close())
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	p.house.retire(anyone)
	stopped := make(chan error, 1)
	go func() { stopped <- p.stop(ctx) }()
	select {
	case e := <-stopped:
		err = errors.Join(err, e)
	case <-ctx.Done():
		err = errors.Join(err, ctx.Err())
	}
	_ = p.inner.Close()
	_ = p.outer.Close()
	p.house.close()
	p.straight.close()
	p.up.CloseIdleConnections()
	p.goproxy.Tr.CloseIdleConnections()
	return err
}

// stop waits for both servers, the exchanges, and nothing else.
func (p *Proxy) stop(ctx context.Context) error {
	if err := p.outer.Shutdown(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	if err := p.inner.Shutdown(ctx); err != nil {
		return err
	}
	p.crossing.Wait()
	return nil
}
