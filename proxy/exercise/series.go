package exercise

import (
	"context"
	"time"

	"github.com/anton-payments/golive/proxy"
	"github.com/anton-payments/golive/proxy/recording"
)

// The series of server errors from which the statistics of retry delays are taken.

func init() {
	plan = append(plan,
		&Exercise{Name: recording.ServerError, Title: "three 5xx answers, then success", Phase: Together,
			Actions: []string{"pay"}, Lasts: 12 * time.Second, Single: 55 * time.Second, Run: serverErrors},
		&Exercise{Name: recording.ServerErrorGentle, Title: "the same, one operation at a time", Phase: Alone,
			Actions: []string{"pay"}, If: func(b *bench) bool { return b.spared.Load() || b.asks(b.breaker) }, Run: gentleErrors},
	)
}

// batches of operations: the first is enough for most apps; further ones run
// while the delays do not decide, more than three where the machine was too busy
// to time them.
var batches = []int{6, 5, 5, 5, 5, 6}

func serverErrors(ctx context.Context, b *bench) error {
	var m mercy
	defer m.shownTo(ctx, b)()
	return b.series(ctx, false, func(n int) error {
		return b.sideBySide(ctx, n, func(ctx context.Context, k int) error {
			return b.serverError(ctx, recording.ServerError, k, &m)
		})
	})
}

// series runs batches of operations until their delays decide, or a circuit
// breaker shows that the gentle one must.
func (b *bench) series(ctx context.Context, gentle bool, run func(n int) error) error {
	for i, n := range batches {
		if i > 0 && (!b.asks(b.undecided) || b.asks(b.breaker) && !gentle) {
			break
		}
		if err := run(n); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// serverError is one operation whose payout request fails three times, each time
// otherwise, and then passes.
func (b *bench) serverError(ctx context.Context, x recording.Exercise, k int, m *mercy) error {
	orders := [][]int{{500, 502, 503}, {503, 500, 502}, {502, 503, 500}}
	o := b.ordinary(x, nil)
	armed := o.payouts(proxy.Fault{Kind: recording.FaultStatus, Times: 3, Answers: failing(orders[k%3]...)})
	m.on(armed)
	return o.recover(ctx, armed)
}

// gentleErrors gives a circuit breaker no cause to open: one operation at a time,
// and a plain one after each.
func gentleErrors(ctx context.Context, b *bench) error {
	return b.series(ctx, true, func(n int) error {
		for k := range n {
			if err := b.serverError(ctx, recording.ServerErrorGentle, k, new(mercy)); err != nil {
				return err
			}
			if err := b.ordinary(recording.ServerErrorGentle, facts{"case": "plain"}).whole(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
