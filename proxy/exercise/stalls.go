package exercise

import (
	"context"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// How the machine is watched: timers of one beat, and the worst of several.
const (
	beat  = 20 * time.Millisecond
	beats = 25
	late  = 15 * time.Millisecond // what timers may be late by on a machine that is not too busy
)

// watchClock marks when the machine kept this process waiting: delays of the app
// that were measured then say nothing of the app. It goes on until it is ended.
func (b *bench) watchClock(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			b.measure(ctx)
		}
	}()
	return func() { cancel(); <-done }
}

func (b *bench) measure(ctx context.Context) {
	from := time.Now()
	var worst time.Duration
	for range beats {
		begun := time.Now()
		if pause(ctx, beat) != nil {
			return
		}
		worst = max(worst, time.Since(begun)-beat)
	}
	b.late.Store(max(int64(worst), b.late.Load()/2))
	if worst > late {
		// A recording that cannot be written ends the run where it is noticed next.
		_ = b.writer.Mark(recording.Mark{Kind: recording.MarkStall, Facts: facts{
			"late": worst.Round(time.Millisecond).String(), "within": time.Since(from).Round(time.Millisecond).String(),
		}})
	}
}

// unhurried is a time that is enough on an idle machine, as long as it takes on
// this one: up to ten times as long.
func (b *bench) unhurried(d time.Duration) time.Duration {
	const slow = 50 * time.Millisecond // timers as late as that: everything takes twice as long
	return d + time.Duration(min(float64(b.late.Load())/float64(slow), 9)*float64(d))
}
