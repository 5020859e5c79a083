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
			b.spared.Store(true)
		}
	}()
	return cancel
}

// try is one payout request of the series, answered.
type try struct {
	operation string
	at        time.Time
	failed    bool
}

// halfOpen reports whether the app's circuit breaker is half open by now.
func (b *bench) halfOpen(r *recording.Recording) bool {
	var tries []try
	for _, x := range r.Exchanges {
		if x.Exercise == recording.ServerError && b.isCreate(x) {
			tries = append(tries, try{x.Operation, x.Start, x.Status() >= 500})
		}
	}
	return halfOpen(tries, b.writer.Now())
}

// halfOpen reports whether the app tried one payout again, alone after a
// silence, and fell silent once more, while another that failed less often waits
// longer than the one did: delays of its own would be shorter.
func halfOpen(tries []try, now time.Time) bool {
	const silence = 15 * time.Second
	n := len(tries)
	if n < 2 || tries[n-1].at.Sub(tries[n-2].at) < silence || now.Sub(tries[n-1].at) < silence {
		return false
	}
	waiting := map[string][]time.Time{}
	for _, t := range tries {
		waiting[t.operation] = append(waiting[t.operation], t.at)
		if !t.failed {
			delete(waiting, t.operation)
		}
	}
	tried := waiting[tries[n-1].operation]
	if len(tried) < 2 {
		return false
	}
	delay := tried[len(tried)-1].Sub(tried[len(tried)-2])
	for _, other := range waiting {
		if m := len(other); m < len(tried) && now.Sub(other[m-1]) >= delay+silence {
			return true
		}
	}
	return false
}
