package exercise

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/app"
	"github.com/anton-payments/golive/proxy/recording"
)

// Signs are what a run with Setup.Signs saw of the set-up: one payout, each
// action once, one genuine delivery. Whoever examines reads the rest in Seen.
type Signs struct {
	Seen     recording.Recording // as far as the run came, scrubbed
	Trouble  string              // why the app did not start or was not ready; "": it was
	Pay      string              // what the pay action failed with; "": it did not, or was not called
	Distrust string              // by what the app seems not to trust the run's certificate; "": nothing
	Passed   []string            // hosts beside Anton's that the app called through the proxy
	Ports    []string            // where the app listens, when its own port was silent; none: not known
	Output   []string            // the app's last lines, scrubbed
	App      Skew                // the app's clock against ours
	Anton    Skew                // Anton's clock against ours; the embedded one's is ours
}

// grace is how long the first call to Anton is waited for, beside patience. An
// app that was heard has its patience.
const grace = 10 * time.Second

// aMoment is what the app gets to take Anton's answer in before it is asked.
const aMoment = 400 * time.Millisecond

// examine puts the app through the shortest plan that shows whether a whole one
// is worth trying. An error is the harness's own trouble.
func (b *bench) examine(ctx context.Context, s *Signs) error {
	s.App = b.appClock(ctx)
	if b.upstream.Control == "" {
		s.Anton = b.antonClock(ctx)
	}
	if b.config.Webhook.Registration == "portal" && b.config.Webhook.URL != "" {
		if err := b.bank.subscribe(ctx, b.config.Webhook.URL); err != nil {
			return unusable("webhook subscription for the app: %w", err)
		}
	}
	if b.config.Actions.Pay == nil {
		b.watch.until(ctx, b.grace(), func(r *recording.Recording) bool { return len(r.Exchanges) > 0 || b.refused() })
		return ctx.Err()
	}
	o := b.ordinary(recording.Pay, nil)
	if err := o.pay(ctx); err != nil {
		return err
	}
	s.Pay = o.failed
	if !o.cameThrough(ctx) {
		return ctx.Err()
	}
	return cmp.Or(o.settle(ctx, aMoment), o.askAll(ctx), o.deliverOne(ctx), b.cancelOne(ctx))
}

// noted takes down, for whoever examines, what the run's parts know before they
// go; err is handed on.
func (b *bench) noted(s *Setup, err error) error {
	signs := s.Signs
	if signs == nil {
		return err
	}
	signs.Distrust, _ = b.proxy.Distrust()
	signs.Passed = b.proxy.Passed()
	if b.app != nil {
		signs.Output, signs.Ports = b.app.Tail(3), b.app.Ports()
	}
	b.watch.look(func(r *recording.Recording) {
		seen := recording.Recording{Open: signs.Seen.Open}
		seen.Exchanges, seen.Marks = slices.Clone(r.Exchanges), slices.Clone(r.Marks)
		seen.Deliveries, seen.Handshakes = slices.Clone(r.Deliveries), slices.Clone(r.Handshakes)
		signs.Seen = seen
	})
	signs.Seen.Sort()
	return err
}

func (b *bench) grace() time.Duration { return min(grace, b.patience()) }

func (b *bench) refused() bool {
	_, distrusts := b.proxy.Distrust()
	return distrusts
}

// ready waits until the app is, or until it is plain that it cannot be: one that
// does not trust the proxy may wait for Anton for ever.
func (b *bench) ready(ctx context.Context, s *Signs) error {
	if s == nil {
		return b.app.WaitReady(ctx)
	}
	waiting, given := context.WithCancel(ctx)
	defer given()
	go func() {
		if b.watch.until(waiting, time.Hour, func(*recording.Recording) bool { return b.refused() }) {
			given()
		}
	}()
	err := b.app.WaitReady(waiting)
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		return nil // what is wrong is known
	}
	return err
}

// cameThrough waits until the payout stands at Anton, or it is plain that it
// will not: the app is gone or trusts nobody, Anton refused it for good, or
// nothing moves any more.
func (o *operation) cameThrough(ctx context.Context) bool {
	through := false
	o.watch.until(ctx, o.patience(), func(r *recording.Recording) bool {
		through = o.passed(r)
		still := o.writer.Now().Sub(later(o.answered, lastCall(r)))
		switch {
		case through, o.refused(), gone(r), unauthorized(r):
			return true
		case o.failed != "":
			return still > quiet
		case len(r.Exchanges) > 0:
			return false // it knows the way: a slow job, perhaps
		}
		return still > o.grace()
	})
	return through
}

// lastCall is when the last request to Anton ended; zero: none came.
func lastCall(r *recording.Recording) (last time.Time) {
	for _, x := range r.Exchanges {
		last = later(last, x.End)
	}
	return last
}

func gone(r *recording.Recording) bool {
	return slices.ContainsFunc(r.Marks, func(m *recording.Mark) bool { return m.Kind == recording.MarkExited })
}

// unauthorized reports whether Anton refused the app's key: no later call can do better.
func unauthorized(r *recording.Recording) bool {
	return slices.ContainsFunc(r.Exchanges, func(x *recording.Exchange) bool { return x.Status() == 401 })
}

// askAll calls the reading actions once each.
func (o *operation) askAll(ctx context.Context) error {
	for _, name := range []string{"status", "effects", "list"} {
		act := o.config.Actions.Named(name)
		if act == nil {
			continue
		}
		_, f := o.ask(ctx, name, *act)
		if err := cmp.Or(ctx.Err(), o.mark(recording.MarkAction, f)); err != nil {
			return err
		}
	}
	return nil
}

// deliverOne delivers a genuine event about the payout that just came through.
func (o *operation) deliverOne(ctx context.Context) error {
	if o.config.Webhook.URL == "" {
		return nil
	}
	o.watch.until(ctx, 5*time.Second, o.subscribed) // the event is signed with the subscription's secret
	var held payout
	for _, x := range o.watch.calls(o.reference, o.isCreate) {
		if x.Status()/100 == 2 {
			held = answered(x)
		}
	}
	_, err := o.deliver(ctx, o.event(held, anton.Processing, o.writer.Now()), recording.Genuine, "")
	return err
}

// answered is the payout in a create answer; zero members are not in it.
func answered(x *recording.Exchange) payout {
	var wrapped struct {
		Data payout `json:"data"`
	}
	if json.Unmarshal(x.Response.Body.Bytes(), &wrapped) == nil && wrapped.Data.ID != "" {
		return wrapped.Data
	}
	var p payout
	_ = json.Unmarshal(x.Response.Body.Bytes(), &p) // an answer of another form leaves them empty
	return p
}

// cancelOne has the app cancel a payout that can be; only the embedded sandbox
// can hold one still.
func (b *bench) cancelOne(ctx context.Context) error {
	act := b.config.Actions.Cancel
	if act == nil || b.upstream.Control == "" {
		return nil
	}
	o := b.ordinary(recording.Pay, nil)
	if err := o.steer(ctx, script{Path: []anton.Status{anton.PendingScreening}}); err != nil {
		return err
	}
	if err := o.pay(ctx); err != nil {
		return err
	}
	if !o.cameThrough(ctx) {
		return ctx.Err()
	}
	if err := o.settle(ctx, aMoment); err != nil {
		return err
	}
	got, err := app.Do(ctx, *act, o.values(), o.config.App.Dir, o.environment)
	f := facts{"action": "cancel", "code": fmt.Sprint(got.Code), "value": got.Value}
	if err != nil {
		f["error"] = err.Error()
	}
	return cmp.Or(ctx.Err(), o.mark(recording.MarkAction, f))
}
