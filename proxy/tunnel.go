package proxy

import (
	"context"
	"net"
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
