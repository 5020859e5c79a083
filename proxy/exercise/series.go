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
			Actions: []string{"pay"}, Lasts: 15 * time.Second, Single: 55 * time.Second, Run: serverErrors},
		&Exercise{Name: recording.ServerErrorGentle, Title: "the same, one operation at a time", Phase: Alone,
			Actions: []string{"pay"}, If: func(b *bench) bool { return b.asks(b.breaker) }, Run: gentleErrors},
	)
}

// batches of operations: the first is enough for most apps; further ones run
// while the delays do not decide, more than three where the machine was too busy
// to time them.
var batches = []int{6, 5, 5, 5, 5, 6}

func serverErrors(ctx context.Context, b *bench) error {
	return b.series(ctx, func(n int) error {
		return b.sideBySide(ctx, n, func(ctx context.Context, k int) error {
			return b.serverError(ctx, recording.ServerError, k)
		})
	})
}

// series runs batches of operations until their delays decide.
func (b *bench) series(ctx context.Context, run func(n int) error) error {
	for i, n := range batches {
		if i > 0 && !b.asks(b.undecided) {
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
func (b *bench) serverError(ctx context.Context, x recording.Exercise, k int) error {
	orders := [][]int{{500, 502, 503}, {503, 500, 502}, {502, 503, 500}}
	return b.ordinary(x, nil).recover(ctx, proxy.Fault{Kind: recording.FaultStatus, Times: 3, Answers: failing(orders[k%3]...)})
}

// gentleErrors gives a circuit breaker no cause to open: one operation at a time,
// and a plain one after each.
func gentleErrors(ctx context.Context, b *bench) error {
	return b.series(ctx, func(n int) error {
		for k := range n {
			if err := b.serverError(ctx, recording.ServerErrorGentle, k); err != nil {
				return err
			}
			if err := b.ordinary(recording.ServerErrorGentle, facts{"case": "plain"}).whole(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
