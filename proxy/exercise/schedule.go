package exercise

import (
	"context"
	"errors"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
	"golang.org/x/sync/errgroup"
)

// carry runs a plan: what may run together does, the rest one after the other.
// An error is the harness's own trouble, or the end of the context.
func (b *bench) carry(ctx context.Context, chosen []*Exercise) error {
	for len(chosen) > 0 {
		n := 1
		for !b.single() && chosen[0].Phase == Together && n < len(chosen) && chosen[n].Phase == Together {
			n++
		}
		g, gctx := errgroup.WithContext(ctx)
		for _, x := range chosen[:n] {
			g.Go(func() error { return b.carryOut(gctx, x) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		chosen = chosen[n:]
		b.hopeless(Together)
	}
	return nil
}

// account tells how long the exercises took, and which of them the longest.
func (b *bench) account(begun time.Time) {
	var longest recording.Exercise
	var most time.Duration
	b.watch.look(func(r *recording.Recording) {
		at := map[recording.Exercise]time.Time{}
		for _, m := range r.Marks {
			switch took := m.At.Sub(at[m.Exercise]); {
			case m.Kind == recording.MarkBegin:
				at[m.Exercise] = m.At
			case m.Kind == recording.MarkEnd && took > most:
				longest, most = m.Exercise, took
			}
		}
	})
	if longest != "" {
		b.say("plan: done in %.1f s; the longest exercise, %s, took %.1f s", time.Since(begun).Seconds(), longest, most.Seconds())
	}
}

func (b *bench) carryOut(ctx context.Context, x *Exercise) error {
	if x.If != nil && !x.If(b) {
		b.progress.turn(x.Name, LeftOut, "not called for")
		return nil
	}
	if reason, do := b.unfit(x); reason != "" {
		return b.skip(x.Name, reason, do)
	}
	start := time.Now()
	b.progress.turn(x.Name, Running, "")
	if x.Phase != Together && b.screen.size == nil {
		b.say("▸ %s: %s", x.Name, x.Title)
	}
	if err := b.writer.Mark(recording.Mark{Kind: recording.MarkBegin, Exercise: x.Name}); err != nil {
		return err
	}
	err := x.Run(ctx, b)
	if left, ok := errors.AsType[*leftOut](err); ok {
		if left.action != "" {
			b.lacks(left.action)
		}
		return b.skip(x.Name, left.reason, left.do)
	}
	if err != nil {
		return err
	}
	if err := b.writer.Mark(recording.Mark{Kind: recording.MarkEnd, Exercise: x.Name}); err != nil {
		return err
	}
	b.progress.turn(x.Name, Done, "")
	b.say("✓ %s: %s (%.1f s)", x.Name, x.Title, time.Since(start).Seconds())
	return nil
}

// sideBySide runs n operations of one exercise at once, or one after the other
// for an app that can do no more.
func (b *bench) sideBySide(ctx context.Context, n int, run func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	if b.single() {
		g.SetLimit(1)
	}
	for i := range n {
		g.Go(func() error { return run(ctx, i) })
	}
	return g.Wait()
}
