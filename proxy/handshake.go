package proxy

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
	"github.com/elazarl/goproxy"
)

// handshakeRecord is the first byte of a TLS connection.
const handshakeRecord = 22

// supportedVersions is the TLS extension in which a client lists versions.
const supportedVersions = 43

// secure prepares the two ways to show a certificate. A trap never resumes a
// session: a client that resumes is shown no certificate.
func (p *Proxy) secure() {
	p.tls = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		NextProtos:         []string{"h2", "http/1.1"},
		GetCertificate:     p.certificate,
		GetConfigForClient: p.greet,
	}
	p.usualTLS = p.tls.Clone()
	p.usualTLS.CurvePreferences = usual
	p.trapTLS = p.tls.Clone()
	p.trapTLS.GetConfigForClient = nil
	p.trapTLS.SessionTicketsDisabled = true
}

func (p *Proxy) greet(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	c := clientOf(hello.Conn)
	c.lowest = lowest(hello)
	if name := hostname(hello.ServerName); c.base && p.profile.Host(name) {
		c.base, c.host = false, name // led here in Anton's name
	}
	if c.trap != "" {
		return p.trapTLS, nil
	}
	if slices.ContainsFunc(hello.SupportedCurves, func(id tls.CurveID) bool { return slices.Contains(usual, id) }) {
		return p.usualTLS, nil
	}
	return nil, nil
}

// usual are the key exchanges that any client knows. Those against quantum
// computers cost half as much as all else of a handshake, and what passes here
// stays on the machine.
var usual = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}

// lowest is the lowest version that the client says it speaks. One without the
// extension names its highest alone.
func lowest(hello *tls.ClientHelloInfo) uint16 {
	var low, high uint16
	for _, v := range hello.SupportedVersions {
		if v < tls.VersionSSL30 || v > tls.VersionTLS13 {
			continue // reserved values that keep servers tolerant
		}
		if low == 0 || v < low {
			low = v
		}
		high = max(high, v)
	}
	for _, id := range hello.Extensions {
		if id == supportedVersions {
			return low
		}
	}
	return high
}

func (p *Proxy) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c := clientOf(hello.Conn)
	host := c.host
	if c.base {
		host = "localhost"
	}
	leaf := p.ca.Leaf(host)
	if c.trap != "" {
		leaf = p.ca.TrapLeaf(c.trap, host)
	}
	if leaf == nil {
		return nil, errors.New("no certificate for " + host)
	}
	return leaf, nil
}

// terminate is where a CONNECT to Anton ends: at us.
func (p *Proxy) terminate(r *http.Request, conn net.Conn, _ *goproxy.ProxyCtx) {
	c := clientOf(conn)
	if c == nil {
		_ = conn.Close()
		return
	}
	_, c.port, _ = net.SplitHostPort(r.URL.Host)
	c.host = hostname(r.URL.Host)
	if _, err := io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = c.Close()
		return
	}
	p.welcome(c)
}

// serveBase serves the base URL until its listener closes.
func (p *Proxy) serveBase() {
	for {
		conn, err := p.base.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			p.log("base URL: %v", err)
			time.Sleep(10 * time.Millisecond) // out of file descriptors, most likely
			continue
		}
		c := p.house.enter(conn.(*net.TCPConn))
		c.base, c.host = true, p.served
		go p.welcome(c)
	}
}

// welcome shakes hands with a client of Anton's and hands it to the inner
// server.
func (p *Proxy) welcome(c *client) {
	p.house.admit(c, p.writer.ID("c"))
	_ = c.SetDeadline(time.Now().Add(patience))
	first := make([]byte, 1)
	if _, err := io.ReadFull(c, first); err != nil {
		_ = c.Close() // it never spoke
		return
	}
	c.ahead = append(first, c.ahead...)
	if first[0] != handshakeRecord {
		c.plain = true
		c.shook(nil)
		p.invite(c, c)
		return
	}
	t := tls.Server(c, p.tls)
	c.mu.Lock()
	c.secured = t
	c.mu.Unlock()
	err := t.Handshake()
	if !p.noteHandshake(c, t, err) || err != nil {
		_ = c.Close()
		return
	}
	c.shook(t)
	_ = c.SetDeadline(time.Time{})
	switch {
	case c.isRetired():
		c.hangUp()
	case t.ConnectionState().NegotiatedProtocol == "h2":
		p.invite(c, t)
	default:
		go p.attend(c, t)
	}
}

// invite hands a client over, unless it is to leave already.
func (p *Proxy) invite(c *client, conn net.Conn) {
	_ = c.SetDeadline(time.Time{})
	if c.isRetired() || !p.arrivals.push(conn) {
		c.hangUp()
	}
}

// noteHandshake records how a handshake ended, and reports whether it could. One
// that we broke off ourselves is none.
func (p *Proxy) noteHandshake(c *client, t *tls.Conn, err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return true
	}
	h := recording.Handshake{ID: p.writer.ID("h"), Conn: c.id, At: p.writer.Now(), Host: c.host, Trap: c.trap}
	state := t.ConnectionState()
	if state.Version != 0 {
		h.Version = tls.VersionName(state.Version)
	}
	if c.lowest != 0 {
		h.Lowest = tls.VersionName(c.lowest)
	}
	h.Proto = state.NegotiatedProtocol
	if err != nil {
		h.Error = hungUpWords(err)
		p.log("handshake with the app for %s: %s", c.host, h.Error)
	}
	if c.trap == "" && err != nil {
		p.trust.refused(h.Error, distrusts(err))
	}
	if err := p.writer.Append(recording.Event{Handshake: &h}); err != nil {
		p.log("recording: %v", err)
		return false
	}
	return true
}

// hungUpWords tells a failed handshake in the app developer's terms.
func hungUpWords(err error) string {
	if distrusts(err) {
		return "certificate not trusted: " + err.Error()
	}
	return err.Error()
}

// distrusts reports whether a handshake failed in one of the ways in which
// clients refuse a certificate: an alert (Go), an alert in clear text that TLS
// 1.3 cannot decrypt (OpenSSL), or nothing at all (Node, Java).
func distrusts(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	text := err.Error()
	for _, sign := range []string{
		"bad certificate", "bad record MAC", "unknown certificate", "certificate unknown",
		"certificate expired", "expired certificate", "certificate revoked", "unsupported certificate", "connection reset by peer",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}
