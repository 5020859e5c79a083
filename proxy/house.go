package proxy

import (
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// house is everyone who is connected.
type house struct {
	mu      sync.Mutex
	clients map[*client]bool
	tunnels map[net.Conn]bool
	trap    recording.FaultKind // shown to those who come now
	left    func(*client)       // told when a client is gone
}

func (h *house) enter(tcp *net.TCPConn) *client {
	c := &client{TCPConn: tcp, house: h}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clients == nil {
		h.clients = map[*client]bool{}
	}
	h.clients[c] = true
	return c
}

func (h *house) forget(c *client) {
	h.left(c)
	h.mu.Lock()
	delete(h.clients, c)
	h.mu.Unlock()
}

// admit makes a client one of Anton's: it gets an identity, and the certificate
// that is shown now.
func (h *house) admit(c *client, id string) {
	h.mu.Lock()
	c.id, c.trap = id, h.trap
	h.mu.Unlock()
	c.mu.Lock()
	c.state, c.shaking = http.StateNew, true
	c.mu.Unlock()
}

// retire closes those that match, each after its exchange. Those that have none
// are closed when it returns; a handshake comes to its end first.
func (h *house) retire(match func(*client) bool) {
	var free []*client
	for _, c := range h.present(match) {
		if c.retire() {
			free = append(free, c)
		}
	}
	if slices.ContainsFunc(free, (*client).speaksStreams) {
		time.Sleep(flushing)
	}
	for _, c := range free {
		c.leave()
	}
}

func (h *house) present(match func(*client) bool) []*client {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*client, 0, len(h.clients))
	for c := range h.clients {
		if match(c) {
			all = append(all, c)
		}
	}
	return all
}

func anyone(*client) bool { return true }

// close ends every connection and tunnel at once.
func (h *house) close() {
	for _, c := range h.present(anyone) {
		_ = c.Close()
	}
	h.mu.Lock()
	tunnels := h.tunnels
	h.tunnels = nil
	h.mu.Unlock()
	for t := range tunnels {
		_ = t.Close()
	}
}
