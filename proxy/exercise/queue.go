package exercise

import (
	"context"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// queue knows the operations that are under way. An app may handle one job at a
// time: while it is busy with another operation, one that it has not turned to
// is not late.
type queue struct {
	mu   sync.Mutex
	open map[*operation]bool
}

func (q *queue) enter(o *operation) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open == nil {
		q.open = map[*operation]bool{}
	}
	q.open[o] = true
}

func (q *queue) leave(o *operation) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.open, o)
}

// busy reports whether the app has turned to one that is not settled.
func (q *queue) busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for o := range q.open {
		if o.proxy.Activity(o.reference).Attempts > 0 {
			return true
		}
	}
	return false
}

// queued reports whether the operation may stand in the app's queue behind others.
func (o *operation) queued() bool {
	return o.proxy.Activity(o.reference).Attempts == 0 && o.queue.busy()
}

// stills reports whether nothing of the operation is in flight, and since its
// last mutation, or the answer of its action, that much time has passed.
func (o *operation) stills(d time.Duration) bool {
	a := o.proxy.Activity(o.reference)
	return a.Open == 0 && !o.queued() && o.writer.Now().Sub(later(a.LastEnd, o.answered)) >= d
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// within waits for a condition, for so long at most from when it is the
// operation's turn.
func (o *operation) within(ctx context.Context, limit time.Duration, met func(*recording.Recording) bool) (seen bool) {
	begun := o.writer.Now()
	o.watch.until(ctx, forever, func(r *recording.Recording) bool {
		if o.queued() {
			begun = o.writer.Now()
		}
		seen = met(r)
		return seen || o.writer.Now().Sub(begun) >= limit
	})
	return seen
}

// await waits for a condition while the operation moves: each further attempt
// may take the run's patience.
func (o *operation) await(ctx context.Context, met func(*recording.Recording) bool) (seen bool) {
	o.watch.until(ctx, forever, func(r *recording.Recording) bool {
		seen = met(r)
		return seen || o.stills(o.patience())
	})
	return seen
}

// forever is a limit for waits that have another end.
const forever = time.Duration(1<<63 - 1)
