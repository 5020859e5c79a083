package proxy

import (
	"context"
	"net"
	"slices"
	"sync"
)

// tunnel is a connection to a host that is none of our business.
type tunnel struct {
	*net.TCPConn
	house *house
}

// Close ends the tunnel and lets the house forget it.
func (t *tunnel) Close() error {
	t.house.mu.Lock()
	delete(t.house.tunnels, t)
	t.house.mu.Unlock()
	return t.TCPConn.Close()
}

// dial opens a connection that ends with the house at the latest.
func (h *house) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: patience}
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	t := &tunnel{conn.(*net.TCPConn), h}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tunnels == nil {
		h.tunnels = map[net.Conn]bool{}
	}
	h.tunnels[t] = true
	return t, nil
}

// passed are the names of foreign hosts, in the order of their first call. They
// stay in memory: foreign traffic is never recorded.
type passed struct {
	mu    sync.Mutex
	hosts []string
}

func (p *passed) note(host string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.hosts) < 100 && !slices.Contains(p.hosts, host) {
		p.hosts = append(p.hosts, host)
	}
}

// Passed are the hosts beside Anton's that clients have called through the
// proxy so far, the first 100.
func (p *Proxy) Passed() []string {
	p.passed.mu.Lock()
	defer p.passed.mu.Unlock()
	return slices.Clone(p.passed.hosts)
}
