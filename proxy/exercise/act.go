package exercise

import (
	"context"
	"time"
)

// act is the run proper: the plan, or watching alone.
func (b *bench) act(ctx context.Context, s *Setup) error {
	if s.Signs != nil {
		return b.examine(ctx, s.Signs)
	}
	if s.Passive {
		b.attendApp(ctx)
		return nil
	}
	if b.config.Webhook.Registration == "portal" {
		if err := b.bank.subscribe(ctx, b.config.Webhook.URL); err != nil {
			return unusable("webhook subscription for the app: %w", err)
		}
	} else {
		b.watch.until(ctx, 5*time.Second, b.subscribed)
	}
	chosen := Plan(s.Only)
	defer b.watchClock(ctx)()
	if err := b.announce(chosen, s.OnCall); err != nil {
		return err
	}
	stop := b.screen.live(ctx, b.progress)
	defer stop()
	carry := b.carry
	if s.Attend != nil {
		carry = func(ctx context.Context, chosen []*Exercise) error { return b.attend(ctx, s, chosen) }
	} else {
		b.progress.plan(chosen)
		defer b.account(time.Now()) // attended, it took as long as the person did
	}
	if err := carry(ctx, chosen); err != nil {
		return err
	}
	stop()
	return b.delivered(ctx)
}

// attendApp records until the app exits or ctx is done.
func (b *bench) attendApp(ctx context.Context) {
	b.say("recording; Ctrl-C ends it")
	var exited <-chan struct{}
	if b.app != nil {
		exited = b.app.Exited()
	}
	select {
	case <-ctx.Done():
	case <-exited:
	}
}
