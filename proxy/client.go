package proxy

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// client is one TCP connection of the app, from accept to close.
type client struct {
	*net.TCPConn
	house *house

	// Set before the connection is served, read only afterwards; id and trap under
	// the house's lock.
	id     string              // c1, …: given when it turns to Anton; "" on other connections
	host   string              // Anton's host that it asked for
	port   string              // and the port; "" on the base URL
	base   bool                // came by the base URL
	plain  bool                // speaks HTTP without TLS
	trap   recording.FaultKind // untrustworthy certificate shown; "": none
	lowest uint16              // lowest TLS version offered; 0: no hello seen

	ahead []byte // read already, and not yet by whoever reads next

	mu       sync.Mutex
	secured  *tls.Conn // nil: no TLS yet
	shaken   time.Time // when the handshake succeeded; zero: it did not
	state    http.ConnState
	shaking  bool // its handshake is under way
	streams  bool // HTTP/2
	retired  bool // to be closed as soon as no exchange is under way
	requests int
	closed   bool
}

type clientKey struct{}

// clientOf finds the app's connection under what a server was given.
func clientOf(conn net.Conn) *client {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS, or handed on by a clerk
		conn = t.NetConn()
	}
	c, _ := conn.(*client)
	return c
}

func withClient(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, clientKey{}, clientOf(conn))
}

// Read gives what was read ahead first.
func (c *client) Read(p []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	return c.TCPConn.Read(p)
}

// WriteTo is for tunnels: what was read ahead goes first there, too.
func (c *client) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c.ahead)
	c.ahead = nil
	if err != nil {
		return int64(n), err
	}
	m, err := io.Copy(w, c.TCPConn)
	return int64(n) + m, err
}

// Close ends the connection and lets the house forget it.
func (c *client) Close() error {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	c.mu.Unlock()
	if first {
		c.house.forget(c)
	}
	return c.TCPConn.Close()
}

// moved follows what the server does with the connection.
func (c *client) moved(s http.ConnState) {
	c.mu.Lock()
	c.state = s
	retired, streams := c.retired, c.streams
	c.mu.Unlock()
	switch {
	case !retired || s != http.StateIdle:
	case streams:
		time.AfterFunc(flushing, c.leave)
	default:
		c.leave()
	}
}

// flushing is how long an HTTP/2 server may hold the end of an answer after it
// called the connection idle. HTTP/1 flushes first.
const flushing = 20 * time.Millisecond

// retire lets the connection end with the exchange or the handshake under way.
// It reports whether there is neither.
func (c *client) retire() (free bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retired = true
	return !c.shaking && c.state != http.StateActive && c.state != http.StateHijacked
}

// shook ends the handshake; t is nil on a plain connection.
func (c *client) shook(t *tls.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shaking = false
	if t != nil {
		c.shaken, c.streams = time.Now(), t.ConnectionState().NegotiatedProtocol == "h2"
	}
}

func (c *client) speaksStreams() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.streams
}

// leave closes a connection on which nothing is under way.
func (c *client) leave() {
	if c.retire() {
		c.hangUp()
	}
}

func (c *client) isRetired() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.retired
}

// hangUp closes in the way of TLS, where TLS is spoken.
func (c *client) hangUp() {
	c.mu.Lock()
	secured := c.secured
	c.mu.Unlock()
	if secured != nil {
		_ = secured.Close()
		return
	}
	_ = c.Close()
}

// sever breaks one exchange off: an HTTP/1 connection is reset or closed with
// it; of HTTP/2 the stream alone ends, for the other streams belong to exchanges
// that the fault is not meant for. The handler must panic with
// http.ErrAbortHandler after it.
func (c *client) sever(linger int) {
	if c.speaksStreams() {
		return
	}
	_ = c.SetLinger(linger)
	_ = c.Close()
}
