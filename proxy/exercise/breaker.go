package exercise

import (
	"context"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy"
	"github.com/anton-payments/golive/proxy/recording"
)

// mercy takes the faults of a series away when a circuit breaker is at work: it
// would let one attempt a minute through to meet the next of them.
type mercy struct {
	mu    sync.Mutex
	shown bool
	armed []*proxy.Armed
}

func (m *mercy) on(a *proxy.Armed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.armed = append(m.armed, a)
	if m.shown {
		a.Disarm()
	}
}

func (m *mercy) show() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shown = true
	for _, a := range m.armed {
		a.Disarm()
	}
}

// shownTo watches a series until it is ended.
func (m *mercy) shownTo(ctx context.Context, b *bench) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		if b.watch.until(ctx, forever, b.halfOpen) {
			b.say("! the app holds its calls back, as a circuit breaker does: the series goes on gently")
			m.show()
		}
	}()
	return cancel
}

// halfOpen reports whether the app tries one payout alone after a silence, and
// falls silent again, with several that wait.
func (b *bench) halfOpen(r *recording.Recording) bool {
	const silence = 15 * time.Second
	var last, before time.Time
	waiting := map[string]bool{}
	for _, x := range r.Exchanges {
		if x.Exercise != recording.ServerError || !b.isCreate(x) {
			continue
		}
		before, last = last, x.Start
		waiting[x.Operation] = x.Status() >= 500
	}
	pending := 0
	for _, waits := range waiting {
		if waits {
			pending++
		}
	}
	return pending > 1 && last.Sub(before) >= silence && b.writer.Now().Sub(last) >= silence
}
