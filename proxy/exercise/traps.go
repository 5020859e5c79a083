package exercise

import (
	"context"
	"time"

	"github.com/anton-payments/golive/proxy"
	"github.com/anton-payments/golive/proxy/recording"
)

// Exercises that change the whole app's world: certificates not to be trusted,
// and its own death.

func init() {
	trap := func(x recording.Exercise, kind recording.FaultKind, title string) *Exercise {
		return &Exercise{Name: x, Title: title, Phase: Alone, Actions: []string{"pay"}, Lasts: 5 * time.Second,
			Run: func(ctx context.Context, b *bench) error { return b.trap(ctx, x, kind) }}
	}
	plan = append(plan,
		trap(recording.UntrustedCertificate, recording.FaultUntrusted, "a certificate of an unknown authority"),
		trap(recording.WrongHostCertificate, recording.FaultWrongHost, "a certificate for another name"),
		trap(recording.ExpiredCertificate, recording.FaultExpired, "an expired certificate"),
		&Exercise{Name: recording.CrashRestart, Title: "the app is killed while a payout is in flight", Phase: Alone, Actions: []string{"pay"}, Restarts: true, Lasts: 10 * time.Second, Run: crashBetween},
	)
}

// trapped is how long the app is left with the untrustworthy certificate after
// it met it first: a client that falls back to no verification does so by then.
const trapped = time.Second

func (b *bench) trap(ctx context.Context, x recording.Exercise, kind recording.FaultKind) error {
	o, err := b.spring(ctx, x, kind)
	if err != nil || o.arrive(ctx, 0) { // it got through afterwards: that is the control
		return err
	}
	return b.ordinary(x, facts{"case": "control"}).whole(ctx)
}

// spring tries an operation under the trap and takes the trap away again, so
// that the app can go on.
func (b *bench) spring(ctx context.Context, x recording.Exercise, kind recording.FaultKind) (*operation, error) {
	b.proxy.During(x)
	defer b.proxy.During("")
	release := b.proxy.Trap(kind)
	defer release()
	o := b.ordinary(x, facts{"case": "trap"})
	paid := make(chan error, 1)
	go func() { paid <- o.pay(ctx) }()                              // may hang as long as nothing can be trusted
	limit := max(20*time.Second, b.patience()+quiet) + b.handTime() // a circuit breaker may keep it away for a while
	defer o.waits("the app to meet the certificate", limit)()
	b.watch.until(ctx, limit, func(r *recording.Recording) bool {
		return met(r, kind) || b.config.Actions.Pay == nil && len(paid) > 0 // a person who leaves it out
	})
	if err := pause(ctx, trapped); err != nil {
		return nil, err
	}
	release()
	select {
	case err := <-paid:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return o, o.settle(ctx, quiet)
}

func met(r *recording.Recording, kind recording.FaultKind) bool {
	for _, h := range r.Handshakes {
		if h.Trap == kind {
			return true
		}
	}
	return false
}

func crash(ctx context.Context, b *bench) error {
	o := b.ordinary(recording.CrashRestart, nil)
	struck := make(chan struct{}, 1)
	armed := o.payouts(proxy.Fault{Kind: recording.FaultHang, Times: 1, Cap: b.patience(), Struck: func(int) { struck <- struct{}{} }})
	defer armed.Disarm()
	if err := o.begun(ctx); err != nil {
		return err
	}
	defer o.waits("a payout request to hold back, then the app's restart", b.patience())()
	hung := make(chan error, 1)
	go func() { hung <- o.call(ctx) }()
	select {
	case <-struck:
	case <-time.After(b.patience() + b.handTime()):
		if err := <-hung; err != nil {
			return err
		}
		return o.settle(ctx, quiet) // it never sent one: the check says so
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := b.app.Kill(); err != nil {
		return err
	}
	if err := <-hung; err != nil {
		return err
	}
	if err := b.app.Restart(ctx); err != nil {
		return err
	}
	if err := o.payAgain(ctx); err != nil {
		return err
	}
	o.arrive(ctx, b.patience())
	if err := o.settle(ctx, quiet); err != nil {
		return err
	}
	return o.countUpstream(ctx)
}

// crashBetween kills the app between two deliveries of one event: what it has
// handled must outlive it.
func crashBetween(ctx context.Context, b *bench) error {
	if b.upstream.Control == "" {
		return crash(ctx, b)
	}
	before, err := b.completed(ctx)
	if err != nil {
		return err
	}
	if err := crash(ctx, b); err != nil || before == nil {
		return err
	}
	return before.repeat(ctx, 1)
}
