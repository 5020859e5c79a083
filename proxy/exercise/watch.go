package exercise

import (
	"context"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// watch keeps what the run has recorded so far, scrubbed, so that exercises can
// wait for what they need to see.
type watch struct {
	mu      sync.Mutex
	seen    recording.Recording
	changed chan struct{} // closed and replaced at every event
}

func newWatch() *watch { return &watch{changed: make(chan struct{})} }

func (w *watch) take(e recording.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen.Add(e)
	close(w.changed)
	w.changed = make(chan struct{})
}

// until waits for a condition on what was seen. It reports whether the
// condition came before the limit and before the run ended.
func (w *watch) until(ctx context.Context, limit time.Duration, met func(*recording.Recording) bool) bool {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	again := time.NewTicker(50 * time.Millisecond) // conditions may look at the clock
	defer again.Stop()
	for {
		w.mu.Lock()
		ok, changed := met(&w.seen), w.changed
		w.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-again.C:
		case <-deadline.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// look reads what was seen under the lock.
func (w *watch) look(read func(*recording.Recording)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	read(&w.seen)
}

// calls are the exchanges of an operation that a condition picks.
func (w *watch) calls(operation string, pick func(*recording.Exchange) bool) []*recording.Exchange {
	var found []*recording.Exchange
	w.look(func(r *recording.Recording) { found = callsIn(r, operation, pick) })
	return found
}

func callsIn(r *recording.Recording, operation string, pick func(*recording.Exchange) bool) []*recording.Exchange {
	var found []*recording.Exchange
	for _, x := range r.Exchanges {
		if x.Operation == operation && pick(x) {
			found = append(found, x)
		}
	}
	return found
}

// pause waits, or returns early with the reason when the run ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
