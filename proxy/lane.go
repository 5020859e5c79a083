package proxy

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// lane is a connection to Anton. It serves one exchange at a time, on that
// exchange's own goroutine.
type lane struct {
	net.Conn
	all   *lanes
	raw   syscall.RawConn // of the TCP connection underneath
	from  *bufio.Reader
	out   []byte    // room for a request
	since time.Time // idle since then
	used  bool      // by an exchange before
	room  int       // bytes that may still be read, so that no head is endless
}

// lanes are the connections to Anton that wait for their next exchange.
type lanes struct {
	addr  string
	tls   *tls.Config // nil: plain http
	mu    sync.Mutex
	idle  []*lane // the one used last is taken first
	ended bool
}

// errHead is of an upstream that does not come to the end of its head.
var errHead = errors.New("the head of the answer is too long")

// Read counts what is read.
func (l *lane) Read(p []byte) (int, error) {
	if l.room <= 0 {
		return 0, errHead
	}
	n, err := l.Conn.Read(p)
	l.room -= n
	return n, err
}

// lanes to the upstream, without any yet.
func (p *Proxy) lanes() *lanes {
	u := p.to.URL
	ls := &lanes{addr: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80"))}
	if u.Scheme == "https" {
		ls.addr = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443"))
		ls.tls = p.up.TLSClientConfig.Clone()
		ls.tls.ServerName = cmp.Or(ls.tls.ServerName, u.Hostname())
		ls.tls.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	}
	return ls
}

// take gives a lane that is still alive, or opens one.
func (ls *lanes) take(ctx context.Context) (*lane, error) {
	for {
		l := ls.pop()
		if l == nil {
			return ls.open(ctx)
		}
		if time.Since(l.since) < idle && l.quiet() {
			l.used = true
			return l, nil
		}
		_ = l.Close()
	}
}

func (ls *lanes) pop() *lane {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	n := len(ls.idle)
	if n == 0 {
		return nil
	}
	l := ls.idle[n-1]
	ls.idle = ls.idle[:n-1]
	return l
}

func (ls *lanes) open(ctx context.Context) (*lane, error) {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", ls.addr)
	if err != nil {
		return nil, err
	}
	l := &lane{Conn: conn, all: ls}
	if l.raw, err = conn.(*net.TCPConn).SyscallConn(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if ls.tls != nil {
		t := tls.Client(conn, ls.tls)
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := t.HandshakeContext(limited); err != nil {
			_ = conn.Close()
			return nil, err
		}
		l.Conn = t
	}
	l.from = bufio.NewReader(l)
	return l, nil
}

// put takes a lane back.
func (ls *lanes) put(l *lane) {
	l.since = time.Now()
	if cap(l.out) > shortWhole {
		l.out = nil
	}
	ls.mu.Lock()
	var old *lane
	switch {
	case ls.ended:
		old = l
	case len(ls.idle) >= pool:
		old, ls.idle = ls.idle[0], append(ls.idle[1:], l)
	default:
		ls.idle = append(ls.idle, l)
	}
	ls.mu.Unlock()
	if old != nil {
		_ = old.Close()
	}
}

// close hangs up on all that are idle, and on the others when they are put back.
func (ls *lanes) close() {
	ls.mu.Lock()
	all := ls.idle
	ls.idle, ls.ended = nil, true
	ls.mu.Unlock()
	for _, l := range all {
		_ = l.Close()
	}
}
