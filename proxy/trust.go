package proxy

import (
	"fmt"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// trust counts the signs that the app does not trust the run's authority.
type trust struct {
	mu       sync.Mutex
	agent    string // User-Agent of the last CONNECT to Anton
	text     string // the last refusal, in words
	refusals int    // handshakes refused since the last request
	silent   int    // connections in a row that closed without a request
	requests int    // requests on trusted connections
}

func (t *trust) asked(agent string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if agent != "" {
		t.agent = agent
	}
}

func (t *trust) refused(text string, distrust bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if distrust {
		t.text = text
		t.refusals++
	}
}

func (t *trust) left() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.silent++
}

func (t *trust) used() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests++
	t.refusals, t.silent = 0, 0
}

// Distrust tells whether the app seems not to trust the run's authority, and by
// what sign: a refused handshake, or two connections in a row that were closed
// without a request, while no request came (or three refusals since the last).
// Handshakes under a Trap do not count.
func (p *Proxy) Distrust() (text string, likely bool) {
	t := &p.trust
	t.mu.Lock()
	defer t.mu.Unlock()
	who := "the app"
	if t.agent != "" {
		who += " (" + t.agent + ")"
	}
	switch {
	case t.refusals > 2, t.refusals > 0 && t.requests == 0:
		return fmt.Sprintf("%s broke off %d of its handshakes: %s", who, t.refusals, t.text), true
	case t.silent > 1 && t.requests == 0:
		return fmt.Sprintf("%s connected %d times and hung up without a request", who, t.silent), true
	}
	return "", false
}

// farewell counts a client that hung up after its handshake without a request,
// before our own patience ended.
func (p *Proxy) farewell(c *client) {
	c.mu.Lock()
	silent := !c.shaken.IsZero() && c.requests == 0 && !c.retired && time.Since(c.shaken) < patience
	c.mu.Unlock()
	if silent && c.trap == "" {
		p.trust.left()
	}
}

// Trap makes all handshakes show an untrustworthy certificate (FaultUntrusted,
// FaultWrongHost, FaultExpired) until released. Connections that the app keeps
// alive are closed first, each after its exchange, so that it must connect
// again; the same on release. A request that comes on a trapped connection is
// recorded with that fault and answered 403. A second trap takes the place of
// the first; release may be called more than once.
func (p *Proxy) Trap(kind recording.FaultKind) (release func()) {
	p.house.show(kind)
	var once sync.Once
	return func() {
		once.Do(func() { p.house.unshow(kind) })
	}
}

// show changes the certificate shown and sends away who saw another. It gives
// them a moment to notice: an app that sends on a connection which is being
// closed would see a broken connection instead of the certificate.
func (h *house) show(kind recording.FaultKind) {
	h.mu.Lock()
	h.trap = kind
	h.mu.Unlock()
	others := func(c *client) bool { return c.id != "" && c.trap != kind }
	if len(h.present(others)) == 0 {
		return
	}
	h.retire(others)
	time.Sleep(2 * flushing)
}

func (h *house) unshow(kind recording.FaultKind) {
	h.mu.Lock()
	current := h.trap == kind
	h.mu.Unlock()
	if current {
		h.show("")
	}
}
