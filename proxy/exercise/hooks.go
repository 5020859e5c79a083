package exercise

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/proxy/webhook"
	"golang.org/x/sync/errgroup"
)

// Exercises about webhook deliveries.

func init() {
	plan = append(plan,
		&Exercise{Name: recording.Duplicate, Title: "one event delivered four times", Phase: Together, Actions: []string{"pay"}, Steers: true, Lasts: 8 * time.Second, Run: duplicate},
		&Exercise{Name: recording.OutOfOrder, Title: "an older event after a newer one", Phase: Together, Actions: []string{"pay", "status"}, Steers: true, Lasts: 8 * time.Second, Single: 24 * time.Second, Run: outOfOrder},
		&Exercise{Name: recording.UnknownEventType, Title: "an event of an unknown type", Phase: Together, Actions: []string{"pay"}, Steers: true, Lasts: 6 * time.Second, Run: unknownEvent},
	)
}

// event is a genuine event about an operation's payout, as Anton would word it.
func (o *operation) event(p payout, status anton.Status, at time.Time) webhook.Event {
	data := map[string]any{
		"id": p.ID, "status": string(status), "amount": p.Amount, "currency": p.Currency,
		"payee_id": p.Person, "instrument_id": p.Paid, "reference": o.reference,
	}
	if status == anton.Completed {
		data["completed_at"] = at.Format(time.RFC3339)
	}
	return webhook.Event{ID: o.profile.Prefix.Event + letters(20), Type: o.profile.Events[status], CreatedAt: at, Data: data}
}

// deliver sends an event of the harness's own making.
func (o *operation) deliver(ctx context.Context, e webhook.Event, v recording.Variant, shape string) (*recording.Delivery, error) {
	claims, _ := e.Data["status"].(string)
	id, _ := e.Data["id"].(string)
	m := webhook.Message{Event: e, Variant: v, Shape: shape, Operation: o.reference, Exercise: o.exercise, Claims: claims, Payout: id}
	done := o.waits("an answer to a "+string(v)+" webhook", webhook.Patience)
	d, err := o.sender().Send(ctx, m)
	done()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return d, err
}

// held pays an operation whose payout walks a path and stays there, and tells
// what Anton holds; ok is false when the app created none.
func (o *operation) held(ctx context.Context, s script) (p payout, ok bool, err error) {
	if err := o.steer(ctx, s); err != nil {
		return p, false, err
	}
	if err := o.pay(ctx); err != nil {
		return p, false, err
	}
	if err := o.stand(ctx, s); err != nil {
		return p, false, err
	}
	if err := o.settle(ctx, quiet); err != nil {
		return p, false, err
	}
	all, err := o.made(ctx)
	if err != nil || len(all) == 0 {
		return p, false, err
	}
	return all[0], true, nil
}

// completed is an operation of exercise duplicate whose completed event has been
// delivered once, with what the app said then; nil when the app made no payout.
func (b *bench) completed(ctx context.Context) (*repeated, error) {
	o := b.ordinary(recording.Duplicate, nil)
	p, ok, err := o.held(ctx, script{Path: b.profile.Path(anton.Completed)[1:], Silent: true})
	if err != nil || !ok {
		return nil, err
	}
	r := &repeated{o, o.event(p, anton.Completed, o.writer.Now())}
	if _, err := o.deliver(ctx, r.event, recording.Genuine, ""); err != nil {
		return nil, err
	}
	return r, o.observe(ctx, still, facts{"when": "before"})
}

// repeated is an event that comes more than once.
type repeated struct {
	*operation
	event webhook.Event
}

// repeat delivers the event so many times at once, and reads what the app says.
func (r *repeated) repeat(ctx context.Context, times int) error {
	g, gctx := errgroup.WithContext(ctx)
	for range times {
		g.Go(func() error { _, err := r.deliver(gctx, r.event, recording.Genuine, ""); return err })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := r.settleAfter(ctx); err != nil {
		return err
	}
	return r.observe(ctx, still, facts{"when": "after"})
}

func duplicate(ctx context.Context, b *bench) error {
	r, err := b.completed(ctx)
	if err != nil || r == nil {
		return err
	}
	if _, err := r.deliver(ctx, r.event, recording.Genuine, ""); err != nil {
		return err
	}
	return r.repeat(ctx, 2)
}

// settleAfter gives the app the time to act on a delivery.
func (o *operation) settleAfter(ctx context.Context) error {
	defer o.waits("the delivery to take effect", quiet)()
	return pause(ctx, quiet)
}

// overtaking are a status that a payout has come to, and an earlier one whose
// event is delivered late.
var overtaking = []struct{ newer, older anton.Status }{
	{anton.Completed, anton.Processing}, {anton.Failed, anton.Sent}, {anton.Sent, anton.Processing},
}

func outOfOrder(ctx context.Context, b *bench) error {
	return b.sideBySide(ctx, len(overtaking), func(ctx context.Context, i int) error {
		return b.overtake(ctx, overtaking[i].newer, overtaking[i].older)
	})
}

func (b *bench) overtake(ctx context.Context, newer, older anton.Status) error {
	o := b.ordinary(recording.OutOfOrder, nil)
	p, ok, err := o.held(ctx, script{Path: b.profile.Path(newer)[1:], Silent: true})
	if err != nil || !ok {
		return err
	}
	now := o.writer.Now()
	if _, err := o.deliver(ctx, o.event(p, newer, now), recording.Genuine, ""); err != nil {
		return err
	}
	if err := o.observe(ctx, still, facts{"when": "before"}); err != nil {
		return err
	}
	if _, err := o.deliver(ctx, o.event(p, older, now.Add(-30*time.Second)), recording.Genuine, ""); err != nil {
		return err
	}
	if err := o.settleAfter(ctx); err != nil {
		return err
	}
	return o.observe(ctx, still, facts{"when": "after"})
}

func unknownEvent(ctx context.Context, b *bench) error {
	o := b.ordinary(recording.UnknownEventType, nil)
	p, ok, err := o.held(ctx, script{Path: []anton.Status{anton.PendingScreening}})
	if err != nil || !ok {
		return err
	}
	if err := o.observe(ctx, still, facts{"when": "before"}); err != nil {
		return err
	}
	e := o.event(p, anton.PendingScreening, o.writer.Now())
	e.Type = "payout.archived"
	if _, err := o.deliver(ctx, e, recording.UnknownEvent, ""); err != nil {
		return err
	}
	if err := o.settleAfter(ctx); err != nil {
		return err
	}
	return o.observe(ctx, still, facts{"when": "after"})
}

// owner tells whose delivery a genuine event of the sandbox is.
func (b *bench) owner(body []byte) (string, recording.Exercise) {
	var e struct {
		Data struct{ ID, Reference, Description string }
	}
	if json.Unmarshal(body, &e) != nil {
		return "", ""
	}
	b.ownersMu.Lock()
	defer b.ownersMu.Unlock()
	for _, name := range []string{e.Data.Reference, e.Data.Description} {
		if x, ok := b.owners[name]; ok {
			return name, x
		}
	}
	if e.Data.ID == "" {
		return "", ""
	}
	name := cmp.Or(b.proxy.Owner(e.Data.ID), b.current)
	return name, b.owners[name]
}
